/** Finds the poster files of a data set in the course's layout. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { IssueList } from "./issues.ts";

/** The folder's name in the course data. */
const IMAGES = "ml1m-images";

/** Extensions of `ID.ext`, in order of preference if an id has several files. */
const EXTENSIONS = ["jpg", "jpeg", "png", "webp"];

/**
 * Path of the poster by movie id, for files named `ID.jpg` (.jpeg, .png, .webp, any case) in `ml1m-images` or else in the
 * only folder whose name ends with "images". If there is no such folder, or several, the map is empty and a note says so.
 */
export async function findPosters(dir: string, issues: IssueList): Promise<Map<string, string>> {
  const folder = await findFolder(dir, issues);
  if (folder === undefined) return new Map();
  const posters = new Map<string, { path: string; rank: number }>();
  const entries = await readdir(join(dir, folder), { withFileTypes: true });
  for (const entry of entries) {
    const match = /^(\d{1,9})\.([a-z]+)$/i.exec(entry.name);
    const rank = match ? EXTENSIONS.indexOf(match[2]!.toLowerCase()) : -1;
    if (!match || rank === -1) continue;
    const path = join(dir, folder, entry.name);
    if (!entry.isFile() && !(entry.isSymbolicLink() && (await isFile(path)))) {
      issues.add(
        `${folder}/${entry.name}`,
        undefined,
        () =>
          `is ${entry.isSymbolicLink() ? "a link that does not lead to a file" : "a folder or device, not a file"}.`,
      );
      continue;
    }
    const id = String(Number(match[1]));
    const other = posters.get(id);
    if (!other || rank < other.rank) posters.set(id, { path, rank });
  }
  if (posters.size === 0) {
    issues.note(folder, undefined, () => "has no file named ID.jpg; no movie has a poster.");
  }
  return new Map([...posters].map(([id, { path }]) => [id, path]));
}

async function findFolder(dir: string, issues: IssueList): Promise<string | undefined> {
  const names: string[] = [];
  for (const entry of await readdir(dir, { withFileTypes: true })) {
    if (!entry.name.endsWith("images")) continue;
    if (
      entry.isDirectory() ||
      (entry.isSymbolicLink() && (await isFolder(join(dir, entry.name))))
    ) {
      names.push(entry.name);
    }
  }
  if (names.includes(IMAGES)) return IMAGES;
  if (names.length === 1) return names[0];
  issues.note(IMAGES, undefined, () =>
    names.length === 0
      ? "neither this folder nor another one ending in images exists; no movie has a poster."
      : `no such folder, and several others end in images (${names.sort().join(", ")}); no movie has a poster.`,
  );
  return undefined;
}

async function isFile(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isFile() ?? false;
}

async function isFolder(path: string): Promise<boolean> {
  return (await stat(path).catch(() => undefined))?.isDirectory() ?? false;
}
