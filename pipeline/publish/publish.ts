/** Puts a bundle in place as a whole: whoever looks sees the old one or the new one, never a mixture. */

import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { previousPath } from "../../node/bundle.ts";
import {
  removeLeftovers,
  sha256,
  syncFolder,
  temporaryPath,
  writeFileSynced,
} from "../../node/files.ts";
import { MANIFEST_FILE, type Manifest, manifestSchema } from "../../predictor/manifest.ts";

/**
 * Writes all files and the manifest into a temporary folder beside `path`, syncs it, and renames it to `path`.
 *
 * A process killed between the two renames leaves the old bundle under `previousPath`, where readers find it and
 * from where the next publish puts it back.
 *
 * @param files Name -> content; their sizes and SHA-256 go into the manifest.
 * @throws Error if the manifest is not valid: nothing is changed then.
 */
export async function publishBundle(
  path: string,
  manifest: Omit<Manifest, "files">,
  files: Readonly<Record<string, Uint8Array | string>>,
): Promise<Manifest> {
  const complete = manifestSchema.parse({
    ...manifest,
    files: Object.fromEntries(
      Object.entries(files).map(([name, content]) => [
        name,
        { bytes: Buffer.byteLength(content), sha256: sha256(content) },
      ]),
    ),
  });

  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const previous = previousPath(path);
  if (existsSync(previous)) {
    // An earlier publish was killed: before its second rename (put the old bundle back) or after it.
    if (existsSync(path)) await rm(previous, { recursive: true });
    else await rename(previous, path);
  }

  const temporary = temporaryPath(path);
  try {
    await mkdir(temporary);
    for (const [name, content] of Object.entries(files)) {
      await writeFileSynced(join(temporary, name), content);
    }
    const text = `${JSON.stringify(complete, undefined, 1)}\n`;
    await writeFileSynced(join(temporary, MANIFEST_FILE), text);
    await syncFolder(temporary);
    if (existsSync(path)) await rename(path, previous);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await rm(previous, { recursive: true, force: true });
  return complete;
}
