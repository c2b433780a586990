/** What is loaded with its first use and kept. */

/**
 * Makes a function that loads something with its first call and keeps it. A failure is told to those who wait for it, and
 * not kept: what was in the way, such as too many open files, may be gone when the next call tries again.
 */
export function loadOnce<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load().catch((error: unknown) => {
      loading = undefined;
      throw error;
    });
    return loading;
  };
}
