/** Runs a command: options and help, error messages, exit codes. */

import type * as z from "zod";
import { InputError } from "../predictor/errors.ts";
import { describeError } from "./describeError.ts";
import { createOptions } from "./options/options.ts";
import { OptionsError } from "./options/optionsError.ts";
import type { Program } from "./options/program.ts";

/** Exit codes. */
export const FAILED = 1;
/** The options or the input are wrong: the same command will fail again. */
export const WRONG_INPUT = 2;
/** Stopped by a signal after it saved its state: the same command resumes. */
export const STOPPED = 130;

/**
 * Runs a command: reads its options (`--help` prints them and ends the process before any work), does the work, and writes
 * errors to standard error. `DEBUG=1` adds stacks; errors that begin with "internal:" always have theirs.
 *
 * @param program Its options; or a function of the arguments, where they decide which options there are.
 * @param work Returns the exit code; undefined is 0.
 * @returns When the work is done; the process goes on as long as something keeps it alive.
 */
export async function runCommand<Schema extends z.ZodType>(
  program: Program<Schema> | ((argv: readonly string[]) => Promise<Program<Schema>>),
  work: (options: z.output<Schema>, argv: readonly string[]) => Promise<number | undefined>,
): Promise<void> {
  const argv = process.argv.slice(2);
  try {
    const chosen = typeof program === "function" ? await program(argv) : program;
    const options = createOptions(chosen).read(argv, process.env);
    process.exitCode = (await work(options, argv)) ?? 0;
  } catch (error) {
    process.stderr.write(`${describeError(error, "error: ")}\n`);
    process.exitCode = exitCodeOf(error);
  }
}

function exitCodeOf(error: unknown): number {
  return error instanceof InputError || error instanceof OptionsError ? WRONG_INPUT : FAILED;
}
