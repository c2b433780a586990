/** The file that decoded posters are kept in: written and checked piece by piece, read one poster at a time. */

import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { writeFileAtomic } from "../../node/files.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

/** Raised when the same image file would give other pixels than before, or the layout of the file changes. */
const PACK_VERSION = 3;
const MAGIC = Buffer.from(`marquee posters ${PACK_VERSION}\n`);
/** Behind the index: its length in 10 digits, and the SHA-256 of all before. */
const LENGTH_BYTES = 10;
const DIGEST_BYTES = 32;
/** Bytes read at a time where the whole file is. */
const CHUNK = 1 << 20;

/** What stands behind the pixels, as JSON. */
export interface PackIndex extends PosterSpec {
  /** What decoded the pixels. */
  readonly decoder: string;
  /** SHA-256 of an image file -> its place among the pixels, or why it has none. */
  readonly entries: Readonly<
    Record<string, { readonly slot: number } | { readonly error: string }>
  >;
}

/** A pack that was open once: its descriptor stays with this very content, whatever the name means later. */
export interface Pack {
  readonly path: string;
  readonly file: number;
  readonly index: PackIndex;
}

/** One image file: its pixels, uint8 [height, width, 3], or why it has none. */
export type PackedPoster = { readonly key: string } & (
  | { readonly pixels: Uint8Array }
  | { readonly error: string }
);

/**
 * Writes a pack: magic, pixels in the order given, index, length of the index, digest. Each poster is written before the
 * next one is asked for.
 */
export async function writePack(
  path: string,
  { height, width }: PosterSpec,
  decoder: string,
  posters: AsyncIterable<PackedPoster>,
): Promise<Pack> {
  const entries: Record<string, { slot: number } | { error: string }> = {};
  const index = () => ({ height, width, decoder, entries: sortKeys(entries) });
  async function* content(): AsyncGenerator<Uint8Array> {
    const hash = createHash("sha256").update(MAGIC);
    yield MAGIC;
    let slots = 0;
    for await (const poster of posters) {
      if ("error" in poster) {
        entries[poster.key] = { error: poster.error };
        continue;
      }
      entries[poster.key] = { slot: slots++ };
      hash.update(poster.pixels);
      yield poster.pixels;
    }
    const json = Buffer.from(JSON.stringify(index()));
    const length = Buffer.from(String(json.length).padStart(LENGTH_BYTES));
    yield json;
    yield length;
    yield hash.update(json).update(length).digest();
  }
  let file: number | undefined;
  try {
    await writeFileAtomic(path, content(), (temporary) => {
      file = openSync(temporary, "r");
    });
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw error;
  }
  return { path, file: file!, index: index() };
}

/**
 * Opens a pack and checks all of it.
 *
 * @returns undefined if there is no pack for these sizes and this decoder.
 * @throws Error if there is one that is damaged.
 */
export function openPack(path: string, spec: PosterSpec, decoder: string): Pack | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  let index: PackIndex | undefined;
  try {
    index = readIndex(file, path);
    const { height, width } = index ?? {};
    if (height !== spec.height || width !== spec.width || index?.decoder !== decoder) {
      index = undefined;
    }
  } finally {
    if (!index) closeSync(file);
  }
  return index && { path, file, index };
}

/** Copies the poster at `slot` into `out` from `offset` on. */
export function readSlot(
  { path, file, index }: Pack,
  slot: number,
  out: Uint8Array,
  offset = 0,
): void {
  const pixels = index.height * index.width * 3;
  const read = readSync(file, out, offset, pixels, MAGIC.length + slot * pixels);
  if (read !== pixels) throw new Error(`${path} was shortened while in use; run again`);
}

/** @returns undefined for a file of another version. */
function readIndex(file: number, path: string): PackIndex | undefined {
  const { size } = fstatSync(file);
  const bodyEnd = size - DIGEST_BYTES;
  const hash = createHash("sha256");
  for (let at = 0; at < bodyEnd; at += CHUNK) {
    hash.update(readBytes(file, at, Math.min(CHUNK, bodyEnd - at)));
  }
  const digest = readBytes(file, Math.max(0, bodyEnd), DIGEST_BYTES);
  if (bodyEnd < 0 || !hash.digest().equals(digest)) {
    throw new Error(`${path} is damaged (its checksum does not match)`);
  }
  if (!readBytes(file, 0, MAGIC.length).equals(MAGIC)) return undefined;
  const jsonEnd = bodyEnd - LENGTH_BYTES;
  const jsonLength = Number(readBytes(file, jsonEnd, LENGTH_BYTES).toString());
  return JSON.parse(readBytes(file, jsonEnd - jsonLength, jsonLength).toString()) as PackIndex;
}

/** Fewer where the file ends. */
function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}

/** Order of the keys decides the index's bytes; slots alone follow the order of the posters. */
function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
