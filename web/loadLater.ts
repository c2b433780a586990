/** Parts of the program that are loaded when they are first needed. */

/**
 * @param program An `import()`.
 * @throws Error for the user. File names contain hashes: a page that was opened before a newer build was published asks for
 *   files that no longer exist.
 */
export async function loadLater<T>(program: Promise<T>): Promise<T> {
  try {
    return await program;
  } catch {
    throw new Error(
      "part of this page could not be loaded: there is a newer version of the page, or no network; reload the page",
    );
  }
}
