/** Storages by their names: the one place that knows which kinds there are. */

import { openFolder } from "./folder.ts";
import { openS3 } from "./s3.ts";
import type { Storage } from "./storage.ts";

/**
 * @param url Path of a folder, or `s3://BUCKET/PREFIX`.
 * @throws Error for other kinds, or if a kind's package is not installed.
 */
export function openStorage(url: string): Storage {
  if (/^s3:/i.test(url)) return openS3(url);
  if (/^[a-z0-9]{2,}:\/\//i.test(url)) {
    throw new Error(`--storage ${url} is neither a folder nor s3://BUCKET/PREFIX`);
  }
  return openFolder(url);
}
