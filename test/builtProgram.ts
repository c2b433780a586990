/** The program as `npm run build` makes it, once for all tests: it starts in half the processor time of its sources. */

import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { glob } from "tinyglobby";

/** Beside the packages, where Node looks for them from within. */
const BUILDS = resolve("node_modules/.cache/marquee-tests");
/** All that a build is made of, besides packages' own files. */
const SOURCES = [
  ...["{node,predictor,pipeline,serve}/**/*.{ts,mjs,wasm,json}", "tools/build.ts"],
  ...["package.json", "package-lock.json", "!pipeline/export/dist/**"],
];
/** Milliseconds after which the build of older sources is surely in nobody's use. */
const OLD = 24 * 60 * 60 * 1000;

let folder: Promise<string> | undefined;

/** @returns The folder with the build of the sources as they are now, for a process of a test to run from. */
export function builtProgram(): Promise<string> {
  folder ??= findOrBuild();
  return folder;
}

async function findOrBuild(): Promise<string> {
  const key = createHash("sha256");
  for (const file of (await glob(SOURCES)).sort()) {
    key.update(`${file}\0`).update(await readFile(file));
  }
  const built = join(BUILDS, key.digest("hex").slice(0, 32));
  if (existsSync(built)) return built;
  await mkdir(BUILDS, { recursive: true });
  await removeOld();
  const own = await mkdtemp(join(BUILDS, "building-"));
  const out = join(own, "program");
  const command = ["--import", "tsx", "tools/build.ts", "--out", out];
  await promisify(execFile)(process.execPath, command);
  // Another test file may have been faster: its build is the same.
  await rename(out, built).catch((error: unknown) => {
    if (!existsSync(built)) throw error;
  });
  await rm(own, { recursive: true, force: true });
  return built;
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(BUILDS)) {
    const path = join(BUILDS, name);
    const made = await stat(path).catch(() => undefined);
    if (made && Date.now() - made.mtimeMs > OLD) await rm(path, { recursive: true, force: true });
  }
}
