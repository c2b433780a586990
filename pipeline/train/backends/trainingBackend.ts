/** The interface of the backends that training can run on. */

import type { Backend } from "../../config/schema.ts";

export interface TrainingBackend {
  readonly name: Exclude<Backend, "auto">;
  /** What to do on a machine where it does not start. */
  readonly advice: string;
  /** Why `auto` skips it although it works, e.g. because it is a software adapter; undefined if it does not. */
  objection?(): Promise<string | undefined>;
  /**
   * Makes it the one that tfjs computes on.
   *
   * @throws Error with the reason, if it does not start on this machine.
   */
  start(): Promise<StartedBackend>;
}

export interface StartedBackend {
  /** As reports name it, e.g. "wasm (SIMD)". */
  readonly description: string;
  /**
   * Called after the trial: what the device reports on its own from then on ends the process.
   *
   * @throws Error with the first thing that it reported during the trial.
   */
  settle?(): Promise<void>;
  /** Takes what it holds back, where another backend is to be tried in the same process. */
  stop?(): void;
}

/**
 * The command that installs an optional peer dependency and leaves package.json and the lock file alone. Without
 * `--save-prod`, npm 10 and 11 say "up to date" and install nothing.
 */
export function installCommand(name: string): string {
  return `npm install --no-save --save-prod ${name}`;
}

/** The first sentence of what native modules print over many lines. */
export function reasonOf(error: unknown): string {
  const { message } = error as Error;
  return message.split("\n")[0]!.trim().replace(/\.$/, "");
}
