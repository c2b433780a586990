/** The files of a data set's folder, by which its layout is known. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

/** The description's name in a folder. */
export const DESCRIPTION_FILE = "dataset.json";
/** Folders below the one that is given, e.g. train/ of an image folder. */
const DEPTH = 2;

/** @returns Paths relative to the folder, with /; folders that are further down as they are. */
export async function listFiles(root: string): Promise<Set<string>> {
  const files = new Set<string>();
  async function add(folder: string, depth: number): Promise<void> {
    for (const entry of await readdir(join(root, folder), { withFileTypes: true })) {
      const path = folder === "" ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && depth < DEPTH) await add(path, depth + 1);
      else files.add(path);
    }
  }
  await add("", 1);
  return files;
}
