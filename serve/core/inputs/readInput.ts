/** The content of a file that an option or a row names. */

import { readFile } from "node:fs/promises";
import { whyUnread } from "../../../node/fileErrors.ts";
import { InputError } from "../../../predictor/errors.ts";

/** @param name Of the input. @throws InputError if the file cannot be read; its `cause` is the system's error. */
export async function readInput(name: string, path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new InputError(name, `${path} ${whyUnread(path, error)}`, { cause: error });
  }
}
