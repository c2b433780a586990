/** Threads and processes that the program starts beside itself: TypeScript through tsx in a checkout, JavaScript once built. */

/** Whether this is the compiled program. */
export const BUILT = !import.meta.filename.endsWith(".ts");

/** Node's own arguments for a process that runs one of the program's scripts. */
export const SCRIPT_FLAGS: readonly string[] = BUILT
  ? []
  : ["--import", import.meta.resolve("tsx")];

/**
 * @param source `new URL("./worker.ts", import.meta.url)`: the script as it is named in the sources.
 * @returns The file that runs: `worker.js` once built.
 */
export function scriptUrl(source: URL): URL {
  return BUILT ? new URL(source.href.replace(/\.ts$/, ".js")) : source;
}
