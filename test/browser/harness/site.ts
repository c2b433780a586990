/** The built site, built once for all test files that need it. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MANIFEST_FILE } from "../../../predictor/manifest.ts";
import { buildSite } from "../../../web/build/site.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Where builds stay between test files, and between runs in which nothing changed. */
const CACHE = join(ROOT, ".cache/site");
/** All that a build depends on, apart from the bundle. */
const SOURCES = ["web", "predictor", "node", "pipeline/export", "package-lock.json"];
/** Milliseconds since its last use after which a build is removed. */
const MAX_AGE = 60 * 60 * 1000;

/**
 * @param model Folder of the bundle to put beside the pages.
 * @returns Folder of the site, without compressed copies; not to be changed.
 */
export async function builtSite(model: string): Promise<string> {
  const folder = join(CACHE, await keyOf(model));
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return folder;
  }
  await mkdir(CACHE, { recursive: true });
  await removeOld();
  const building = await mkdtemp(join(CACHE, "building-"));
  await buildSite({ model, out: building, compress: false, logLevel: "warn" });
  try {
    await rename(building, folder);
  } catch (error) {
    // Another test file built it at the same time.
    await rm(building, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function removeOld(): Promise<void> {
  for (const name of await readdir(CACHE)) {
    const path = join(CACHE, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > MAX_AGE) await rm(path, { recursive: true, force: true });
  }
}

/** SHA-256 of every source file with its path, and of the bundle's manifest, which contains its files' hashes. */
async function keyOf(model: string): Promise<string> {
  const hash = createHash("sha256");
  for (const source of SOURCES) {
    const path = join(ROOT, source);
    const names = source.includes(".")
      ? [""]
      : (await readdir(path, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(path.length))
          .filter((name) => !name.startsWith("/dist/"))
          .sort();
    for (const name of names) hash.update(`${source}${name}\0`).update(await readFile(path + name));
  }
  hash.update(await readFile(join(model, MANIFEST_FILE)));
  return hash.digest("hex").slice(0, 16);
}
