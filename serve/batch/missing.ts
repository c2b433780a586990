/** What a batch does with a row that names a file which is missing or broken: by the names of inputs that are files. */

import * as z from "zod";
import { isNoFile } from "../../node/fileErrors.ts";
import type { InputError } from "../../predictor/errors.ts";
import { isOfImage } from "../../predictor/image/inspect.ts";

/** The row is rejected, or answered from its other inputs. The first is what happens if nothing is chosen. */
export const MISSING = ["reject", "use-rest"] as const;

export const missingSchema = z.record(z.string(), z.enum(MISSING));
export type Missing = Readonly<z.infer<typeof missingSchema>>;

/** Inputs that an answer did without, with the reasons. */
export type LeftOut = Readonly<Record<string, string>>;

/**
 * Whether what is wrong is the file: it is not there, or no image. Where the machine fails (too many open files, a disk, a
 * lack of memory, permissions), the file may be good, and an answer without it would differ from the next run's.
 */
export function isMissingOrBroken({ cause, issue }: InputError): boolean {
  return isNoFile(cause) || (issue !== undefined && isOfImage(issue));
}

/** Whether there can be answers that leave something out. */
export function mayLeaveOut(missing: Missing): boolean {
  return Object.values(missing).includes("use-rest");
}
