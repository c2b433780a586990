/** What to do when a disk is full. */

import { systemText } from "../../node/fileErrors.ts";

const FULL: ReadonlySet<unknown> = new Set(["ENOSPC", "EDQUOT"]);

/**
 * @param error Of a run.
 * @param resume The command that resumes it.
 * @returns The error; one of the system about a full disk as a sentence that says what to do.
 */
export function withResume(error: Error, resume: string): Error {
  const { code, path } = error as NodeJS.ErrnoException;
  if (!FULL.has(code)) return error;
  const what = path === undefined ? "a file cannot be written" : `${path} cannot be written`;
  return new Error(
    `${what} (${systemText(error)}); free some space there, or give folders on another disk. Finished epochs are saved, resume with\n  ${resume}`,
    { cause: error },
  );
}
