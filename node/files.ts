/** Writing that survives a kill or a power cut at any moment: temporary name, sync, rename. */

import { createHash, randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { isRunning, processSpace } from "./processSpace.ts";

/** A name beside `path`, on the same file system, that no other process uses. */
export function temporaryPath(path: string): string {
  return join(
    dirname(path),
    `.${basename(path)}.${process.pid}-${processSpace()}-${randomBytes(4).toString("hex")}.tmp`,
  );
}

/** What is written: all at once, or piece by piece, each one when the one before is written. */
type Content = Uint8Array | string | AsyncIterable<Uint8Array>;

/**
 * Writes a whole file so that `path` holds the old content or the new one, never a part of it.
 *
 * @param onWritten Told the temporary name when the content is whole, before it becomes `path`: whoever opens it
 *   there has this very content, even if another process replaces `path` a moment later.
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

/** Writes a file and waits until the disk has it. */
export async function writeFileSynced(path: string, data: Content): Promise<void> {
  const file = await open(path, "w");
  try {
    await writeFile(file, data);
    await file.sync();
  } catch (error) {
    // Node says which file could not be opened, but not which one could not be written.
    const { message, code } = error as NodeJS.ErrnoException;
    throw Object.assign(new Error(`${message} '${path}'`, { cause: error }), { code });
  } finally {
    await file.close();
  }
}

/** Makes renames and new names in a folder durable. */
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
 * Removes what killed processes left beside `path` under names from `temporaryPath`; running ones, and those of
 * other containers or hosts for a while, keep theirs.
 */
export async function removeLeftovers(path: string): Promise<void> {
  await removeAbandoned(dirname(path), (name) => name === basename(path));
}

/** Names that `temporaryPath` gives. */
const TEMPORARY = /^\.(.+)\.(\d+)-([0-9a-f]{8})-[0-9a-f]{8}\.tmp$/;

/** Whether it was changed within the last ten minutes: what a process of another container writes is never older. */
async function isRecent(path: string): Promise<boolean> {
  const info = await stat(path).catch(() => undefined);
  return info !== undefined && Date.now() - info.mtimeMs < 600_000;
}

/** The same for every name in `folder`, but not in folders within it. */
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

export function sha256(data: Uint8Array | string): string {
  return createHash("sha256").update(data).digest("hex");
}
