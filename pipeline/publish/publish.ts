/** Puts a bundle in place as a whole: whoever looks sees the old one or the new one, never a mixture. */

import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { previousPath } from "../../node/bundle.ts";
import {
  removeLeftovers,
  sha256,
  syncFolder,
  temporaryPath,
  writeFileSynced,
} from "../../node/files.ts";
import { MANIFEST_FILE, type Manifest, manifestSchema } from "../../predictor/manifest.ts";
import { checkTarget, type Permission } from "./target.ts";

/** Another publisher is in the way for milliseconds; half a second of trying is plenty. */
const ATTEMPTS = 20;
/** Between attempts; drawn by chance, so that two publishers do not stay in step. */
const PAUSE_MS = [5, 50] as const;

/**
 * Writes all files and the manifest into a temporary folder beside `path`, syncs it, and renames it to `path`.
 *
 * A process killed between the two renames leaves the old bundle under `previousPath`, where readers find it.
 * Of two publishers to one path, the later one's bundle stays.
 *
 * @param files Name -> content; their sizes and SHA-256 go into the manifest.
 * @param permission What may be replaced at `path`; left out, any bundle.
 * @throws Error if the manifest is not valid, if what is at `path` must not be replaced, or if it cannot be replaced:
 *   the old bundle stays then.
 */
export async function publishBundle(
  path: string,
  manifest: Omit<Manifest, "files">,
  files: Readonly<Record<string, Uint8Array | string>>,
  permission: Permission = {},
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

  await checkTarget(path, permission);
  await mkdir(dirname(path), { recursive: true });
  await removeLeftovers(path);
  const temporary = temporaryPath(path);
  try {
    await mkdir(temporary);
    for (const [name, content] of Object.entries(files)) {
      await writeFileSynced(join(temporary, name), content);
    }
    const text = layOut(complete);
    await writeFileSynced(join(temporary, MANIFEST_FILE), text);
    await syncFolder(temporary);
    await replaceFolder(path, temporary);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  return complete;
}

/**
 * Gives the folder `replacement` the name `path`; the folder that had it is deleted afterwards.
 *
 * @throws Error if that fails again and again; what was at `path` is back there then.
 */
export async function replaceFolder(path: string, replacement: string): Promise<void> {
  const previous = previousPath(path);
  for (let attempt = 1; ; attempt++) {
    try {
      if (existsSync(path)) {
        await discard(previous, path);
        await rename(path, previous);
      }
      await rename(replacement, path);
      break;
    } catch (error) {
      // Fails where there is nothing to put back, or where another publisher was quicker.
      if (!existsSync(path)) await rename(previous, path).catch(() => undefined);
      if (attempt < ATTEMPTS) {
        await pause(randomInt(...PAUSE_MS));
        continue;
      }
      const state = existsSync(path) ? "What was there before is still there. " : "";
      throw new Error(
        `${path} could not be replaced in ${ATTEMPTS} attempts (${(error as Error).message}). ${state}If another run publishes to the same folder, let it end or give another --out.`,
        { cause: error },
      );
    }
  }
  await syncFolder(dirname(path));
  await discard(previous, path);
}

/** Deletes what an earlier swap moved to `previous`, if there is anything. */
async function discard(previous: string, path: string): Promise<void> {
  const aside = temporaryPath(path);
  try {
    await rename(previous, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (!existsSync(path)) {
    // Another publisher is between its two renames: this may be the only bundle there is.
    const back = await rename(aside, previous).catch((error: Error) => error);
    if (back === undefined) return;
  }
  await rm(aside, { recursive: true, force: true });
}

/** One line for each part: to be looked into, without a line for each of thousands of words. */
function layOut(manifest: Manifest): string {
  const parts = Object.entries(manifest).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${parts.join(",\n")}\n}\n`;
}
