/** Versions of installed packages. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const require = createRequire(import.meta.url);

/**
 * @param name Name of the package, for example "sharp".
 * @returns undefined if it is not installed, "unknown" if its version cannot be determined.
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
      const info = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
        name?: string;
        version?: string;
      };
      if (info.name === name && info.version) return info.version;
    } catch {
      // No package.json here: try the folder above.
    }
  }
  return "unknown";
}
