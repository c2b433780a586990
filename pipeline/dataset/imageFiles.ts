/** Images whose bytes are in a table, as files: what comes after knows images by their paths. */

import { mkdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { sha256, temporaryPath } from "../../node/files.ts";
import { formatOf } from "../../predictor/image/inspect.ts";

/** Absolute path of the folder of such files in the cache. */
export function imageFolder(cache: string): string {
  return resolve(cache, "images");
}

/**
 * Writes an image unless it is there: equal bytes have equal names, so that every image is written once.
 *
 * @param bytes Of any content; the decoder tells what is not an image.
 * @param folder Created if missing.
 * @returns Path of the file, whose name is the SHA-256 of its content.
 */
export function keepImage(bytes: Uint8Array, folder: string): string {
  const path = join(folder, `${sha256(bytes)}.${formatOf(bytes) ?? "bin"}`);
  // After a power cut, a file may be shorter than it was.
  if (statSync(path, { throwIfNoEntry: false })?.size === bytes.length) return path;
  mkdirSync(folder, { recursive: true });
  const temporary = temporaryPath(path);
  try {
    writeFileSync(temporary, bytes);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return path;
}
