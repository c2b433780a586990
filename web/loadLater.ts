/** Parts of the program that are loaded when they are first needed. */

import { Trouble } from "./troubles.ts";

/**
 * @param program An `import()`.
 * @throws Trouble. File names contain hashes: a page that was opened before a newer build was published asks for
 *   files that no longer exist.
 */
export async function loadLater<T>(program: Promise<T>): Promise<T> {
  try {
    return await program;
  } catch {
    throw new Trouble("partMissing");
  }
}
