/** Builds that test files share, kept between runs in which nothing changed. */

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Milliseconds since its last use after which a build is removed. */
const MAX_AGE = 60 * 60 * 1000;

export interface CachedBuild {
  /** Folder in `.cache/` that has the builds of this kind. */
  readonly kind: string;
  /** Folders and files of the repository that it depends on; a name with a dot is a file's. */
  readonly sources: readonly string[];
  /** What else it depends on. */
  readonly extra?: string | Uint8Array;
  /** Writes the build into an empty folder, which then gets another name. */
  readonly build: (out: string, folder: string) => Promise<unknown>;
}

/** @returns Folder of the build of the sources as they are now; not to be changed. */
export async function cachedBuild({ kind, sources, extra, build }: CachedBuild): Promise<string> {
  const cache = join(ROOT, ".cache", kind);
  const folder = join(cache, await keyOf(sources, extra));
  if (existsSync(folder)) {
    await utimes(folder, new Date(), new Date());
    return folder;
  }
  await mkdir(cache, { recursive: true });
  await removeOld(cache);
  const building = await mkdtemp(join(cache, "building-"));
  await build(building, folder);
  try {
    await rename(building, folder);
  } catch (error) {
    // Another test file built it at the same time.
    await rm(building, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
  return folder;
}

async function removeOld(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const path = join(cache, name);
    const { mtimeMs } = await stat(path);
    if (Date.now() - mtimeMs > MAX_AGE) await rm(path, { recursive: true, force: true });
  }
}

/** SHA-256 of every source file with its path, and of `extra`. */
async function keyOf(sources: readonly string[], extra: string | Uint8Array = ""): Promise<string> {
  const hash = createHash("sha256");
  for (const source of sources) {
    const path = join(ROOT, source);
    const names = source.includes(".")
      ? [""]
      : (await readdir(path, { recursive: true, withFileTypes: true }))
          .filter((entry) => entry.isFile())
          .map((entry) => join(entry.parentPath, entry.name).slice(path.length))
          .filter((name) => !/(^|\/)dist\//.test(name))
          .sort();
    for (const name of names) hash.update(`${source}${name}\0`).update(await readFile(path + name));
  }
  return hash.update(extra).digest("hex").slice(0, 16);
}
