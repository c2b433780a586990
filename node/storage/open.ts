/** Storages by their names: the one place that knows which kinds there are. */

import { openFolder } from "./folder.ts";
import type { Storage } from "./storage.ts";

/**
 * @param url Path of a folder.
 * @throws Error for other kinds.
 */
export function openStorage(url: string): Storage {
  if (/^[a-z0-9]{2,}:\/\//i.test(url)) {
    throw new Error(`--storage ${url} is not a folder, the only kind that there is`);
  }
  return openFolder(url);
}
