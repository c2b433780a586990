/** The pack file of decoded posters: written and checked in chunks, read one poster at a time. */

import { createHash } from "node:crypto";
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { writeFileAtomic } from "../../node/files.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";

/** Increased whenever the same image file would give other pixels, or the layout of the pack changes. */
const PACK_VERSION = 3;
const MAGIC = Buffer.from(`marquee posters ${PACK_VERSION}\n`);
/** After the index: its length in 10 digits, then the SHA-256 of everything before. */
const LENGTH_BYTES = 10;
const DIGEST_BYTES = 32;
/** Bytes read at a time when the whole file is checked: 1 MiB. */
const CHUNK = 1 << 20;

/** The pack's index, stored as JSON after the pixels. */
export interface PackIndex extends PosterSpec {
  /** Names and versions of the decoders that made the pixels. */
  readonly decoder: string;
  /** SHA-256 (hex) of an image file -> its slot among the pixels, or why it has none. */
  readonly entries: Readonly<
    Record<string, { readonly slot: number } | { readonly error: string }>
  >;
}

/** An open pack: the file descriptor keeps this content, even if the path is replaced later. */
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
 * next one is requested.
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
 * Opens a pack and checks its digest.
 *
 * @returns undefined if there is no pack for this size and decoder.
 * @throws Error if the pack is damaged.
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

/** Copies the poster at `slot` into `out`, starting at `offset`. */
export function readSlot(
  { path, file, index }: Pack,
  slot: number,
  out: Uint8Array,
  offset = 0,
): void {
  const pixels = index.height * index.width * 3;
  const read = readSync(file, out, offset, pixels, MAGIC.length + slot * pixels);
  if (read !== pixels) throw new Error(`${path} was truncated while in use; run again`);
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

/** Sorted keys, so that the index's bytes do not depend on the order of the posters; only slots follow that order. */
function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
