/** The program as `npm run build` makes it: it starts in half the processor time that its sources take. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { cachedBuild } from "./cachedBuild.ts";

const FOLDER = await cachedBuild({
  kind: "program",
  sources: [
    ...["node", "predictor", "pipeline", "serve"],
    ...["tools/build.ts", "package.json", "package-lock.json"],
  ],
  async build(out) {
    const command = ["--import", "tsx", "tools/build.ts", "--out", join(out, "app")];
    await promisify(execFile)(process.execPath, command);
  },
});

/**
 * @param script A program's TypeScript file, e.g. `pipeline/main.ts`.
 * @returns Arguments of Node that start it: as it is built, or from its source if it is not part of the build.
 */
export function startOf(script: string): string[] {
  const built = join(FOLDER, "app", script.replace(/\.ts$/, ".js"));
  return existsSync(built) ? [built] : ["--import", "tsx", script];
}
