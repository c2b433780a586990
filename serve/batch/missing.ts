/** What a batch does with a row that names a file which is missing or broken: by the names of inputs that are files. */

import { z } from "zod";

/** The row is rejected, or answered from its other inputs. The first is what happens if nothing is chosen. */
export const MISSING = ["reject", "use-rest"] as const;

export const missingSchema = z.record(z.string(), z.enum(MISSING));
export type Missing = Readonly<z.infer<typeof missingSchema>>;

/** Inputs that an answer did without, with the reasons. */
export type LeftOut = Readonly<Record<string, string>>;

/** Whether there can be answers that leave something out. */
export function mayLeaveOut(missing: Missing): boolean {
  return Object.values(missing).includes("use-rest");
}
