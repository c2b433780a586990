/** Whether two paths name one file, through whatever links. */

import { realpath, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";

/** Equal for paths of one file, whether it is there already or not. */
async function identityOf(path: string): Promise<string> {
  const info = await stat(path, { bigint: true }).catch(() => undefined);
  // By device and number: a file may have several names.
  if (info !== undefined) return `${info.dev}:${info.ino}`;
  const full = resolve(path);
  const folder = await realpath(dirname(full)).catch(() => dirname(full));
  return join(folder, basename(full));
}

/** What is written to one of the two is written to the other: symbolic and hard links are followed. */
export async function isSameFile(one: string, other: string): Promise<boolean> {
  const [a, b] = await Promise.all([identityOf(one), identityOf(other)]);
  return a === b;
}
