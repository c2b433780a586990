/** Scripts of worker threads and child processes: TypeScript run by tsx in a checkout, JavaScript in a build. */

/** Whether this program is compiled. */
export const BUILT = !import.meta.filename.endsWith(".ts");

/** Arguments of Node for a child process that runs one of the program's scripts. */
export const SCRIPT_FLAGS: readonly string[] = BUILT
  ? []
  : ["--import", import.meta.resolve("tsx")];

/**
 * @param source URL of the TypeScript file, e.g. `new URL("./worker.ts", import.meta.url)`.
 * @returns URL of the script to run; in a build, that of the .js file.
 */
export function scriptUrl(source: URL): URL {
  return BUILT ? new URL(source.href.replace(/\.ts$/, ".js")) : source;
}
