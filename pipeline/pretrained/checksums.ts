/** Checks files that were fetched before. */

import { join } from "node:path";
import { sha256File } from "../../node/files.ts";

/** SHA-256 (hex) by path. */
export type Checksums = Readonly<Record<string, string>>;

/** The first file that is missing or has another checksum; undefined if all are whole. */
export async function firstDamaged(folder: string, sums: Checksums): Promise<string | undefined> {
  for (const [name, expected] of Object.entries(sums)) {
    const path = join(folder, name);
    const found = await sha256File(path).catch(() => undefined);
    if (found?.sha256 !== expected) return path;
  }
  return undefined;
}
