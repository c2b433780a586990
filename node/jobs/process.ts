/** Runs one job in a process of its own, so that whoever waits for it stays responsive, and stops it where nobody waits. */

import { createInterface } from "node:readline";
import { describeError } from "../describeError.ts";
import { isTransient } from "../transient.ts";
import { forkScript, howItEnded } from "./child.ts";
import { IncompatibleError } from "./incompatible.ts";

/** What the process sends to its parent. */
export type ProcessMessage<Event, Output> =
  | { readonly event: Event }
  | { readonly output: Output }
  /** Kept apart, as errors lose their class on the way; see `IncompatibleError`. */
  | { readonly error: string; readonly incompatible: boolean };

export interface ProcessOptions<Event> {
  /** URL of the TypeScript file that calls `serveJob`. */
  readonly script: URL;
  /** What to do; anything that the structured clone algorithm copies. */
  readonly input: unknown;
  /** Begins the errors: "fold 2/5". */
  readonly name: string;
  /** Kills the process. */
  readonly signal: AbortSignal;
  readonly onEvent: (event: Event) => void;
  /** Called with lines that the process writes to its standard error, which has them, too. */
  readonly onOutput?: (line: string) => void;
}

/**
 * @returns What the script's work returned.
 * @throws IncompatibleError if the work throws one, or an error that may pass, such as a full disk; Error that begins with
 *   the name for any other error, or if the process ends without a result.
 */
export function runInProcess<Event, Output>(options: ProcessOptions<Event>): Promise<Output> {
  const { script, input, name, signal, onEvent, onOutput } = options;
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error(`${name} was not started`));
    const child = forkScript(script, onOutput ? "pipe" : "inherit");
    if (onOutput) {
      child.stderr!.pipe(process.stderr, { end: false });
      createInterface(child.stderr!).on("line", onOutput);
    }
    const stop = () => child.kill();
    signal.addEventListener("abort", stop, { once: true });
    let ended = false;
    child.on("message", (message: ProcessMessage<Event, Output>) => {
      if ("event" in message) return onEvent(message.event);
      ended = true;
      if ("output" in message) return resolve(message.output);
      const { error, incompatible } = message;
      reject(
        incompatible
          ? new IncompatibleError(`${name}: ${error}`)
          : new Error(`${name} failed: ${error}`),
      );
    });
    child.on("error", (error) => reject(new Error(`${name} failed: ${error.message}`)));
    child.on("exit", (code, killedBy) => {
      signal.removeEventListener("abort", stop);
      if (ended) return;
      reject(new Error(`${name} ended ${howItEnded(code, killedBy)}`));
    });
    child.send(input as object);
  });
}

/**
 * The other side: does the work that the parent sends, and ends the process.
 *
 * @param work Called once, with the input and a function that sends an event to the parent.
 */
export function serveJob<Input, Event, Output>(
  work: (input: Input, emit: (event: Event) => void) => Promise<Output>,
): void {
  // Without a parent, nobody needs the result.
  process.on("disconnect", () => process.exit(1));
  process.once("message", (input: Input) => {
    void work(input, (event) => void send({ event }))
      .then((output) => send({ output }))
      .catch((error: Error) =>
        send({
          error: describeError(error),
          // A full disk, for instance, is this machine's failure, not the job's.
          incompatible: error instanceof IncompatibleError || isTransient(error),
        }),
      )
      .then(() => process.exit());
  });
}

/** Resolves when the message is sent. */
function send(message: ProcessMessage<unknown, unknown>): Promise<void> {
  return new Promise((resolve) => {
    process.send!(message, undefined, {}, () => resolve());
  });
}
