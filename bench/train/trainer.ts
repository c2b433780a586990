/** What every library is asked for, and one tfjs backend that answers it from a process of its own. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Config } from "../../pipeline/config/schema.ts";
import type { BackendInfo } from "../../pipeline/train/backend.ts";
import type { InputName } from "../../predictor/predictor.ts";

export interface Built {
  readonly parameters: number;
  /** Of the first batch, before any step [batch, L]. */
  readonly logits: readonly number[];
}

export interface Rate {
  readonly samples: number;
  readonly seconds: number;
}

export interface Trainer {
  /** As the table names it. */
  readonly name: string;
  /** Puts a tower with the seed's weights and batches in place of the last one; undefined if a step takes too long. */
  build(tower: InputName): Promise<Built | undefined>;
  /** Trains for at least so long and at least a step. */
  train(seconds: number): Promise<Rate>;
  end(): void;
}

export type Command =
  | { readonly do: "start"; readonly backend: string; readonly config: Config }
  | { readonly do: "build"; readonly tower: InputName }
  | { readonly do: "train"; readonly seconds: number };

/** Seconds for a tower's first step; what takes longer is left out of the comparison. */
const FIRST_STEP_LIMIT = 45;

/** @throws Error with the reason if the backend does not work on this machine. */
export async function startTfjs(backend: string, config: Config): Promise<Trainer> {
  let worker = startWorker(backend);
  /** A worker that is not ended keeps this process from ending. */
  function begin(): Promise<BackendInfo> {
    return worker.ask<BackendInfo>({ do: "start", backend, config }).catch((error) => {
      worker.end();
      throw error;
    });
  }
  const { description } = await begin();
  return {
    name: `tfjs ${description}`,
    async build(tower) {
      const late = AbortSignal.timeout(1000 * FIRST_STEP_LIMIT);
      const built = await worker.ask<Built>({ do: "build", tower }, late).catch((error) => {
        if (!late.aborted) throw error;
        return undefined;
      });
      if (built) return built;
      // Kernels never yield: only another process is ready for the next tower.
      worker.end();
      worker = startWorker(backend);
      await begin();
      return undefined;
    },
    train: (seconds) => worker.ask({ do: "train", seconds }),
    end: () => worker.end(),
  };
}

function startWorker(backend: string) {
  const child = fork(fileURLToPath(new URL("./tfjsWorker.ts", import.meta.url)), {
    execArgv: ["--import", import.meta.resolve("tsx")],
    // Backends print banners.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  return {
    ask<T>(command: Command, late?: AbortSignal): Promise<T> {
      return new Promise((resolve, reject) => {
        child.once("exit", (code, signal) =>
          reject(
            new Error(`${backend}: the process ended ${signal ? `by ${signal}` : `with ${code}`}`),
          ),
        );
        child.once("message", (answer: { error?: string }) => {
          child.removeAllListeners("exit");
          if (answer.error === undefined) resolve(answer as T);
          else reject(new Error(answer.error));
        });
        late?.addEventListener("abort", () => reject(late.reason));
        child.send(command);
      });
    },
    end: () => child.kill("SIGKILL"),
  };
}
