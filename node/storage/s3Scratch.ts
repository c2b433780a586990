/** Scratch folders of a bucket: folders of this machine, whose files are copied into objects for others to go on with. */

import { readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { isNoFile } from "../fileErrors.ts";
import { checkName, type Scratch } from "./storage.ts";

/** What is done with the objects of a bucket. */
export interface Objects {
  /** Keys with their sizes in bytes. */
  list(prefix: string): Promise<ReadonlyMap<string, number>>;
  /** Writes an object's content to a file. */
  read(key: string, path: string): Promise<void>;
  /** Replaces an object by a file's content. */
  write(key: string, path: string): Promise<void>;
  remove(key: string): Promise<void>;
}

/**
 * @param folder On this machine.
 * @param prefix Of the objects' keys; ends with "/".
 */
export function openScratch(folder: string, prefix: string, objects: Objects): Scratch {
  /** What this machine has read or written, by name: others' objects are never removed. */
  const known = new Map<string, string>();

  async function push(): Promise<void> {
    const names = await filesIn(folder);
    // As others do who pull: what they refuse is refused here, before they depend on it.
    for (const name of names) checkName(name);
    for (const name of names) {
      const state = await stateOf(join(folder, name));
      if (state === undefined || known.get(name) === state.version) continue;
      await objects.write(prefix + name, join(folder, name));
      known.set(name, state.version);
    }
    for (const name of known.keys()) {
      if (names.includes(name)) continue;
      await objects.remove(prefix + name);
      known.delete(name);
    }
  }

  return {
    folder,
    push,
    async pull() {
      for (const [key, bytes] of await objects.list(prefix)) {
        const name = key.slice(prefix.length);
        // Objects are input, too: names must not lead out of the folder.
        checkName(name);
        const path = join(folder, name);
        // States have names of their own, and logs grow: the longer file is the later one.
        if (((await stateOf(path))?.size ?? -1) >= bytes) continue;
        await objects.read(key, path);
        known.set(name, (await stateOf(path))!.version);
      }
    },
    async leave() {
      await push();
      await rm(folder, { recursive: true, force: true });
    },
    async remove() {
      for (const key of (await objects.list(prefix)).keys()) await objects.remove(key);
      known.clear();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** @returns Undefined if there is no such file. */
async function stateOf(path: string): Promise<{ size: number; version: string } | undefined> {
  const info = await stat(path).catch(() => undefined);
  return info && { size: info.size, version: `${info.size} ${info.mtimeMs}` };
}

/** Names of the files of a folder and those in it, but for those that are being written. */
async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(
    (error: unknown) => {
      // Of a folder that is there, an empty list would be taken for files that were removed.
      if (isNoFile(error)) return [];
      throw error;
    },
  );
  return entries
    .filter((entry) => entry.isFile() && !entry.name.startsWith("."))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}
