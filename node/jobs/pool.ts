/** Processes that do one job after another, for work whose start takes long, such as opening a model. */

import type { ChildProcess } from "node:child_process";
import pLimit from "p-limit";
import { describeError } from "../describeError.ts";
import { forkScript, howItEnded } from "./child.ts";

/** Processes that a job may cost before it is set aside: it may be what kills them. */
const MAX_DEATHS = 10;

type PoolMessage<Output> = { readonly output: Output } | { readonly error: string };

export interface PoolOptions {
  /** URL of the TypeScript file that calls `servePool`. */
  readonly script: URL;
  /** Jobs at once. */
  readonly processes: number;
  /** Called when a process has ended at work: another one does its job. */
  readonly onNotice: (text: string) => void;
}

export interface ProcessPool<Input, Output> {
  /**
   * Does a job in a process that has nothing to do, or in a new one; in another one if that dies.
   *
   * @param input Anything that the structured clone algorithm copies.
   * @param name Begins the errors.
   * @throws Error if the work throws, or its processes end again and again.
   */
  run(input: Input, name: string): Promise<Output>;
  /** Ends all processes, and with them the jobs that are not done. */
  close(): void;
}

export function createPool<Input, Output>(options: PoolOptions): ProcessPool<Input, Output> {
  const limit = pLimit(options.processes);
  const idle: ChildProcess[] = [];
  const all = new Set<ChildProcess>();
  let closed = false;

  function start(): ChildProcess {
    const child = forkScript(options.script, "inherit");
    all.add(child);
    child.once("exit", () => {
      all.delete(child);
      const at = idle.indexOf(child);
      if (at >= 0) idle.splice(at, 1);
    });
    return child;
  }

  async function run(input: Input, name: string): Promise<Output> {
    for (let deaths = 1; ; deaths++) {
      if (closed) throw new Error(`${name} was stopped`);
      const child = idle.pop() ?? start();
      const answer = await ask<Output>(child, input);
      if ("ended" in answer) {
        const text = `the process of ${name} ended ${answer.ended}`;
        if (closed || deaths === MAX_DEATHS) throw new Error(text);
        options.onNotice(`${text}; another one takes over`);
        continue;
      }
      if (child.connected) idle.push(child);
      if ("output" in answer) return answer.output;
      throw new Error(`${name} failed: ${answer.error}`);
    }
  }

  return {
    run: (input, name) => limit(() => run(input, name)),
    close() {
      closed = true;
      for (const child of all) child.kill("SIGKILL");
    },
  };
}

/** @returns The answer, or how the process ended without one. */
function ask<Output>(
  child: ChildProcess,
  input: unknown,
): Promise<PoolMessage<Output> | { readonly ended: string }> {
  return new Promise((resolve) => {
    const settle = (answer: PoolMessage<Output> | { readonly ended: string }) => {
      child.off("message", settle).off("error", onError).off("exit", onExit);
      resolve(answer);
    };
    const onError = ({ message }: Error) => settle({ ended: `(${message})` });
    const onExit = (code: number | null, killedBy: string | null) =>
      settle({ ended: howItEnded(code, killedBy) });
    child.on("message", settle).on("error", onError).on("exit", onExit);
    // What cannot be sent is an exit, too.
    child.send(input as object, () => {});
  });
}

/**
 * The other side: does what the parent sends, one after another, until the parent ends.
 *
 * @param work May keep what it has opened for the next job.
 */
export function servePool<Input, Output>(work: (input: Input) => Promise<Output>): void {
  process.on("disconnect", () => process.exit(1));
  // A terminal sends these to all processes of a command; the parent decides.
  process.on("SIGINT", () => {}).on("SIGTERM", () => {});
  process.on("message", (input: Input) => {
    void work(input)
      .then((output): PoolMessage<Output> => ({ output }))
      .catch((error: Error): PoolMessage<Output> => ({ error: describeError(error) }))
      .then((message) => process.send!(message));
  });
}
