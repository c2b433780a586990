/** Zip archives of package registries. */

import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { readZip, type ZipEntry } from "../zip.ts";
import { download } from "./download.ts";

export interface Archive {
  /** Package and version, e.g. "a-wheel 1.0". */
  readonly source: string;
  /** File name. */
  readonly file: string;
  /** SHA-256 of the file, lower-case hex. */
  readonly sha256: string;
  /** @returns Its URL. @throws Error if the registry does not have it. */
  readonly find: () => Promise<string>;
  /** Environment variable that names another registry. */
  readonly variable: string;
}

/**
 * Fetches an archive, reads it, and removes it.
 *
 * @param folder Folder of downloads; a download that was interrupted there goes on.
 * @param read Makes something of the archive's files, which it is given by their paths.
 * @throws Error if the registry or the file cannot be reached, or if the file is not the expected one.
 */
export async function fetchArchive<T>(
  { file, sha256, find, variable }: Archive,
  folder: string,
  read: (files: ReadonlyMap<string, ZipEntry>) => Promise<T>,
): Promise<T> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, file);
  await download(await find(), path, sha256, `name another registry in ${variable}`);
  const result = await read(await readZip(await readFile(path), file));
  await rm(path);
  return result;
}
