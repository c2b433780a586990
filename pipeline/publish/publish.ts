/** Publishes a bundle atomically: readers see the old bundle or the new one, never a mixture. */

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

/** Another publisher blocks a rename for milliseconds; half a second of attempts is plenty. */
const ATTEMPTS = 20;
/** Range of the random pause between attempts, so that two publishers do not stay in step. */
const PAUSE_MS = [5, 50] as const;

/**
 * Writes all files and the manifest to a temporary folder next to `path`, syncs it, and renames it to `path`.
 *
 * A process killed between the two renames leaves the old bundle under `previousPath`, where readers find it. Of two
 * publishers to the same path, the later one's bundle stays.
 *
 * @param files Content by name; sizes and SHA-256 hashes go into the manifest.
 * @param permission Which existing bundles may be replaced; default: any.
 * @throws Error if the manifest is invalid, or if the bundle at `path` must not or cannot be replaced; the old bundle then
 *   stays.
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
 * Renames the folder `replacement` to `path`, and deletes the folder that was there.
 *
 * @throws Error if all attempts fail; the folder that was at `path` is then restored.
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
      // This fails if there is nothing to restore, or if another publisher was faster.
      if (!existsSync(path)) await rename(previous, path).catch(() => undefined);
      if (attempt < ATTEMPTS) {
        await pause(randomInt(...PAUSE_MS));
        continue;
      }
      const state = existsSync(path) ? "The earlier bundle is still there. " : "";
      throw new Error(
        `could not replace ${path} in ${ATTEMPTS} attempts (${(error as Error).message}). ${state}If another run publishes to the same folder, wait for it to end or give another --out.`,
        { cause: error },
      );
    }
  }
  await syncFolder(dirname(path));
  await discard(previous, path);
}

/** Deletes the folder that an earlier swap moved to `previous`, if there is one. */
async function discard(previous: string, path: string): Promise<void> {
  const aside = temporaryPath(path);
  try {
    await rename(previous, aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  if (!existsSync(path)) {
    // Another publisher is between its two renames: this may be the only bundle.
    const back = await rename(aside, previous).catch((error: Error) => error);
    if (back === undefined) return;
  }
  await rm(aside, { recursive: true, force: true });
}

/** One line per part of the manifest: readable, without a line for each of thousands of words. */
function layOut(manifest: Manifest): string {
  const parts = Object.entries(manifest).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
  );
  return `{\n${parts.join(",\n")}\n}\n`;
}
