/** The interface of trainers, and the trainer that runs a tfjs backend in its own process. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Config } from "../../pipeline/config/schema.ts";
import type { BackendInfo } from "../../pipeline/train/backend.ts";
import type { InputName } from "../../predictor/movie.ts";

export interface BuiltTower {
  /** Number of trainable parameters. */
  readonly parameters: number;
  /** Logits of the first batch before any step [batch, L]. */
  readonly logits: readonly number[];
}

/** Samples trained in a time. */
export interface Rate {
  readonly samples: number;
  readonly seconds: number;
}

export interface Trainer {
  /** Name in the table. */
  readonly name: string;
  /** Replaces the tower by one with the seed's weights and batches; undefined if its first step takes too long. */
  build(tower: InputName): Promise<BuiltTower | undefined>;
  /** Trains for at least this time, and at least one step. */
  train(seconds: number): Promise<Rate>;
  end(): void;
}

export type Command =
  | { readonly do: "start"; readonly backend: string; readonly config: Config }
  | { readonly do: "build"; readonly tower: InputName }
  | { readonly do: "train"; readonly seconds: number };

/** Longest time to build a tower and train its first step, in seconds; slower trainers are not compared. */
const FIRST_STEP_LIMIT = 45;

/** @throws Error with the reason if the backend does not work on this machine. */
export async function startTfjs(backend: string, config: Config): Promise<Trainer> {
  let worker = startWorker(backend);
  /** Ends the worker if it fails to start: a running one would keep this process from exiting. */
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
      const timeout = AbortSignal.timeout(1000 * FIRST_STEP_LIMIT);
      const built = await worker.ask<BuiltTower>({ do: "build", tower }, timeout).catch((error) => {
        if (!timeout.aborted) throw error;
        return undefined;
      });
      if (built) return built;
      // A step cannot be interrupted, so the next tower needs a new process.
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
    ask<T>(command: Command, timeout?: AbortSignal): Promise<T> {
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
        timeout?.addEventListener("abort", () => reject(timeout.reason));
        child.send(command);
      });
    },
    end: () => child.kill("SIGKILL"),
  };
}
