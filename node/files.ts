/** Writes files so that a kill or a power cut at any moment leaves the old or the new content: temporary name, sync, rename. */

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRunning, processSpace } from "./processSpace.ts";

/** A path in the folder of `path`, thus on the same file system, that no other process uses. */
export function temporaryPath(path: string): string {
  return join(
    dirname(path),
    `.${basename(path)}.${process.pid}-${processSpace()}-${randomBytes(4).toString("hex")}.tmp`,
  );
}

/** Content to write: at once, or in pieces that are requested one at a time. */
type Content = Uint8Array | string | AsyncIterable<Uint8Array>;

/**
 * Writes a file so that `path` always has either the whole old content or the whole new content.
 *
 * @param onWritten Called with the temporary path when the content is complete, before the rename: opening it there
 *   guarantees this content, even if another process replaces `path` right after.
 */
export async function writeFileAtomic(
  path: string,
  data: Content,
  onWritten?: (temporary: string) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = temporaryPath(path);
  try {
    await writeFileSynced(temporary, data);
    onWritten?.(temporary);
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Writes a file and waits until it is on disk. */
export async function writeFileSynced(path: string, data: Content): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeFile(file, data);
    await file.sync();
  } catch (error) {
    // Node names the file in errors of open, but not in errors of write.
    const { message, code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${message} '${path}'`, { cause: error }), { code });
  } finally {
    await file.close();
  }
}

/** Makes renames and new files in a folder durable. */
export async function syncFolder(path: string): Promise<void> {
  // Windows can neither open nor sync a folder; renames are durable there without it.
  if (process.platform === "win32") return;
  const folder = await open(path, "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/**
 * Removes what killed processes have left beside `path` under names from `temporaryPath`. Running processes of this
 * container or host keep theirs; those of others keep files younger than ten minutes.
 */
export async function removeLeftovers(path: string): Promise<void> {
  await removeAbandoned(dirname(path), (name) => name === basename(path));
}

/** Names that `temporaryPath` gives. */
const TEMPORARY = /^\.(.+)\.(\d+)-([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/;

/** How long files of other containers' processes are left alone, in milliseconds: no write takes that long. */
const RECENT_MS = 600_000;

/** Whether `path` was changed within RECENT_MS. */
async function isRecent(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs < RECENT_MS;
}

/** The same for all files directly in `folder`. */
export async function removeAllLeftovers(folder: string): Promise<void> {
  await removeAbandoned(folder, () => true);
}

async function removeAbandoned(folder: string, wanted: (name: string) => boolean): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const [, original, pid, space] = TEMPORARY.exec(name) ?? [];
    if (original === undefined || !wanted(original)) continue;
    const path = join(folder, name);
    const inUse = space === processSpace() ? isRunning(Number(pid)) : await isRecent(path);
    if (!inUse) await rm(path, { recursive: true, force: true });
  }
}

/** SHA-256 (lower-case hex) of a file, read as a stream. */
export async function sha256File(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash("sha256");
  let bytes = 0;
  for await (const chunk of createReadStream(path)) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest("hex") };
}

/** SHA-256, lower-case hex. */
export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}
