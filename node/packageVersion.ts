/** Versions of installed packages. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * @param name Of the package: "sharp".
 * @returns undefined where it is not installed, "unknown" where it does not tell.
 */
export function packageVersion(name: string): string | undefined {
  let path: string;
  try {
    path = require.resolve(name);
  } catch {
    return undefined;
  }
  // Some packages hide their package.json behind "exports"; it is above their entry point.
  for (let folder = dirname(path); folder !== dirname(folder); folder = dirname(folder)) {
    try {
      const found = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (found.name === name && found.version) return found.version;
    } catch {
      // No package.json here: one folder up.
    }
  }
  return "unknown";
}
