/** The program as `npm run build` makes it: it starts in half the processor time that its sources take. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { APART } from "../tools/apart.ts";
import { cachedBuild } from "./cachedBuild.ts";

/** Programs of the tests that start again and again, and what these import of the tests. */
const CHILDREN = [
  ...["test/node/lockChild.ts", "test/node/jobs/queueWorkerChild.ts"],
  ...["test/pipeline/train/threadsChild.ts", "test/pipeline/train/backendChild.ts"],
  ...["tinyModel.ts", "labelsTarget.ts", "sampleMovies.ts"].map((name) => `test/pipeline/${name}`),
];

const FOLDER = await cachedBuild({
  kind: "program",
  sources: [
    ...["node", "predictor", "pipeline", "serve"],
    ...["tools/build.ts", "tools/apart.ts", "package.json", "package-lock.json"],
    ...CHILDREN,
  ],
  async build(out) {
    const command = ["--import", "tsx", "tools/build.ts", "--out", join(out, "app")];
    await promisify(execFile)(process.execPath, command);
    await build({ ...APART, entryPoints: CHILDREN, outdir: join(out, "app") });
  },
});

/**
 * @param script A program's TypeScript file, e.g. `pipeline/main.ts`, or one of the tests' own.
 * @returns Arguments of Node that start it: as it is built, or from its source if it is not part of the build.
 */
export function startOf(script: string): string[] {
  const built = join(FOLDER, "app", script.replace(/\.ts$/, ".js"));
  return existsSync(built) ? [built] : ["--import", "tsx", script];
}
