/** The program as tests start it: built, which takes a quarter of the processor time that its sources take to load. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { V8_FLAGS } from "./v8Flags.ts";

/** URL of the build, in tests that are part of it: they start its programs, and need not see whether it is up to date. */
declare const BUILT_TESTS: string | undefined;

const FOLDER =
  typeof BUILT_TESTS === "undefined"
    ? await (await import("./builtTests.ts")).buildTests()
    : fileURLToPath(BUILT_TESTS);

/**
 * @param script A program's TypeScript file, e.g. `pipeline/main.ts`, or one of the tests' own.
 * @returns Arguments of Node that start it: as it is built, or from its source if it is not part of the build.
 */
export function startOf(script: string): string[] {
  const built = join(FOLDER, script.replace(/\.ts$/, ".js"));
  return [...V8_FLAGS, ...(existsSync(built) ? [built] : ["--import", "tsx", script])];
}
