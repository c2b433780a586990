/** A part of `.native/`: made in a folder of its own, which takes its place when it is whole. */

import { mkdir, mkdtemp, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { NATIVE_FOLDER, NATIVE_RECORD, type NativePart } from "../../node/native.ts";

/**
 * @param make Fills `out`; `work` is for what is not kept. Both are on one file system.
 * @param record What the part was made from; `versions` is what reports name.
 * @returns The part's folder.
 */
export async function makePart(
  part: NativePart,
  record: { readonly versions: Readonly<Record<string, string>> },
  make: (out: string, work: string) => Promise<void>,
): Promise<string> {
  const root = resolve(NATIVE_FOLDER);
  const folder = join(root, part);
  await mkdir(root, { recursive: true });
  const temporary = await mkdtemp(join(root, `.${part}-`));
  try {
    const [out, work] = [join(temporary, "out"), join(temporary, "work")];
    await mkdir(out);
    await mkdir(work);
    await make(out, work);
    await writeFile(join(out, NATIVE_RECORD), `${JSON.stringify(record, undefined, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(out, folder);
  } finally {
    await rm(temporary, { recursive: true, force: true });
  }
  return folder;
}
