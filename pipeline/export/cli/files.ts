/** Files of models: read piece by piece, written whole or not at all. */
import { closeSync, createWriteStream, openSync, readSync } from "node:fs";
import { rename, rm, stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ByteSource } from "../artifacts.ts";

/** The file's bytes, read from the disk whenever they are needed. Rejects where there is no such file. */
export async function openSource(path: string): Promise<ByteSource> {
  const { size } = await stat(path);
  return {
    byteLength: size,
    read(start, end) {
      const bytes = new Uint8Array(end - start);
      const file = openSync(path, "r");
      try {
        for (let at = 0; at < bytes.length; ) {
          const count = readSync(file, bytes, at, bytes.length - at, start + at);
          if (count === 0) throw new Error(`internal: ${path} has become shorter`);
          at += count;
        }
      } finally {
        closeSync(file);
      }
      return bytes;
    },
  };
}

interface File {
  path: string;
  parts: readonly Uint8Array[];
}

/** One write takes at most 2 GB, and a stream holds the piece that it writes. */
const PIECE = 64e6;

function* pieces(parts: readonly Uint8Array[]): Generator<Uint8Array> {
  for (const part of parts)
    for (let at = 0; at < part.byteLength; at += PIECE) yield part.subarray(at, at + PIECE);
}

/** Writes all files or none, the last one last. Rejects with the first error, having tidied up. */
export async function writeFiles(files: readonly File[]): Promise<void> {
  const made = files.map(({ path, parts }) => ({
    path,
    parts,
    temporary: `${path}.${process.pid}.tmp`,
  }));
  try {
    for (const { parts, temporary } of made)
      await pipeline(Readable.from(pieces(parts)), createWriteStream(temporary));
    for (const { path, temporary } of made) await rename(temporary, path);
  } catch (error) {
    for (const { temporary } of made) await rm(temporary, { force: true });
    throw error;
  }
}
