/** Storages by their names: the one place that knows which kinds there are. */

import { openFolder } from "./folder.ts";
import { patient } from "./patient.ts";
import { openS3 } from "./s3.ts";
import type { Storage } from "./storage.ts";

/**
 * Opens a storage that waits for a disk that is full, or a network that is away.
 *
 * @param url Path of a folder, or `s3://BUCKET/PREFIX`.
 * @param onNotice Called when it waits; default: a line of standard error.
 * @throws Error for other kinds, or if a kind's package is not installed.
 */
export function openStorage(url: string, onNotice = warn): Storage {
  return patient(openKind(url), onNotice);
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

function openKind(url: string): Storage {
  if (/^s3:/i.test(url)) return openS3(url);
  if (/^[a-z0-9]{2,}:\/\//i.test(url)) {
    throw new Error(`--storage ${url} is neither a folder nor s3://BUCKET/PREFIX`);
  }
  return openFolder(url);
}
