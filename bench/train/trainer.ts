/** What every library is asked for, and one tfjs backend that answers it from a process of its own. */

import { fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Config } from "../../pipeline/config/schema.ts";
import type { ChosenBackend } from "../../pipeline/train/backend.ts";
import type { Modality } from "../../predictor/predictor.ts";

export interface Built {
  readonly parameters: number;
  /** Of the first batch, before any step [batch, L]. */
  readonly evidence: readonly number[];
}

export interface Rate {
  readonly samples: number;
  readonly seconds: number;
}

export interface Trainer {
  /** As the table names it. */
  readonly name: string;
  /** Puts a tower with the seed's weights and batches in place of the last one. */
  build(tower: Modality): Promise<Built>;
  /** Trains for at least so long and at least a step. */
  train(seconds: number): Promise<Rate>;
  end(): void;
}

export type Command =
  | { readonly do: "start"; readonly backend: string; readonly config: Config }
  | { readonly do: "build"; readonly tower: Modality }
  | { readonly do: "train"; readonly seconds: number };

/** @throws Error with the reason if the backend does not work on this machine. */
export async function startTfjs(backend: string, config: Config): Promise<Trainer> {
  const child = fork(fileURLToPath(new URL("./tfjsWorker.ts", import.meta.url)), {
    execArgv: ["--import", import.meta.resolve("tsx")],
    // Backends print banners.
    stdio: ["ignore", "ignore", "inherit", "ipc"],
  });
  const ask = <T>(command: Command): Promise<T> =>
    new Promise((resolve, reject) => {
      const exited = (code: number | null, signal: string | null) =>
        reject(
          new Error(`${backend}: the process ended ${signal ? `by ${signal}` : `with ${code}`}`),
        );
      child.once("exit", exited);
      child.once("message", (answer: { error?: string }) => {
        child.off("exit", exited);
        if (answer.error === undefined) resolve(answer as T);
        else reject(new Error(answer.error));
      });
      child.send(command);
    });
  try {
    const { description } = await ask<ChosenBackend>({ do: "start", backend, config });
    return {
      name: `tfjs ${description}`,
      build: (tower) => ask({ do: "build", tower }),
      train: (seconds) => ask({ do: "train", seconds }),
      end: () => child.disconnect(),
    };
  } catch (error) {
    child.kill();
    throw error;
  }
}
