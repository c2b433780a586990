/** Programs that are loaded when they are first needed. */

/**
 * @param program An `import()`.
 * @throws Error in words for the user: names hold hashes, and where a newer build has taken the old one's place, a page
 *   that was opened before asks for files that are gone.
 */
export async function loadLater<T>(program: Promise<T>): Promise<T> {
  try {
    return await program;
  } catch {
    throw new Error(
      "a part of this page cannot be fetched: a newer version of the page is there, or no network is; load the page again",
    );
  }
}
