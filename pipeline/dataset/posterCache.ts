/** Decoded, resized posters in one file on disk, keyed by the content of the image files. */

import { createHash } from "node:crypto";
import { closeSync, openSync, readFileSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { relative } from "node:path";
import pLimit from "p-limit";
import sharp from "sharp";
import { removeLeftovers, sha256, writeFileAtomic } from "../../node/files.ts";
import { decodePoster, IN_TROUBLE } from "../../node/poster.ts";
import { InputError } from "../../predictor/errors.ts";
import { type PosterSpec, resizePoster } from "../../predictor/preprocess/poster.ts";
import type { Problem } from "./dataset.ts";

/** Raised when the same image file would give other pixels than before. */
const PACK_VERSION = 3;
const MAGIC = `marquee posters ${PACK_VERSION}\n`;
const DIGEST_BYTES = 32;
/** Decoding waits for the disk and for libvips' own threads; four at a time keep two cores busy. */
const IN_FLIGHT = 4;
/** Another libvips may decode to other pixels, or decode what this one cannot. */
const DECODER = `libvips ${sharp.versions.vips}`;
/** What stands in the pack's first lines, as JSON. */
interface PackIndex {
  readonly height: number;
  readonly width: number;
  /** What decoded the pixels. */
  readonly decoder: string;
  /** SHA-256 of an image file -> its place among the pixels, or why it has none. */
  readonly entries: Record<string, { readonly slot: number } | { readonly error: string }>;
}

/** A pack that was open once: its descriptor stays with this very content, whatever the name means later. */
interface Pack {
  readonly file: number;
  readonly index: PackIndex;
}

/** Posters of a data set, read from the cache file one at a time: memory does not grow with their number. */
export interface PosterStore {
  readonly spec: PosterSpec;
  /** Images by decoding now, by cache, and not usable. */
  readonly counts: { readonly decoded: number; readonly cached: number; readonly failed: number };
  /** One per image file that cannot be decoded. */
  readonly problems: readonly Problem[];
  has(path: string): boolean;
  /** Copies uint8 [height, width, 3] into `out` from `offset` on. Throws if the image is not in the store. */
  read(path: string, out: Uint8Array, offset?: number): void;
  close(): void;
}

export interface PosterStoreOptions {
  /** Image files. */
  readonly paths: readonly string[];
  readonly spec: PosterSpec;
  /** The pack; made or renewed where needed. */
  readonly cacheFile: string;
  /** Problems name files relative to this folder. */
  readonly root: string;
  /** Default: `decodePoster`. */
  readonly decode?: typeof decodePoster;
  readonly onProgress?: (done: number, total: number) => void;
  /** Told when a cache file exists but cannot be trusted, and is made anew. */
  readonly onDamaged?: (reason: string) => void;
}

/** Decodes what the cache does not hold yet, renews the cache file, and opens it. */
export async function openPosterStore(options: PosterStoreOptions): Promise<PosterStore> {
  await removeLeftovers(options.cacheFile);
  let old: (Pack & { readonly pixels: Uint8Array }) | undefined;
  try {
    old = readPack(options.cacheFile, options.spec);
  } catch (error) {
    options.onDamaged?.((error as Error).message);
  }
  let used: number | undefined;
  try {
    const store = await renew(options, old);
    used = store.file;
    return store;
  } finally {
    if (old && old.file !== used) closeSync(old.file);
  }
}

/** Decodes what `old` has not, and writes another pack where it differs. */
async function renew(
  options: PosterStoreOptions,
  old: (Pack & { readonly pixels: Uint8Array }) | undefined,
): Promise<PosterStore & { readonly file: number }> {
  const { paths, spec, cacheFile, root, decode = decodePoster } = options;
  const pixels = spec.height * spec.width * 3;
  const keyOf = new Map<string, string>();
  const entries: Record<string, { slot: number } | { error: string }> = {};
  const fresh = new Map<string, Uint8Array>();
  const forget = new Set<string>();
  const counts = { decoded: 0, cached: 0, failed: 0 };
  const limit = pLimit(IN_FLIGHT);
  let done = 0;
  // libvips' own threads would fight with the four images in flight.
  const concurrency = sharp.concurrency();
  sharp.concurrency(1);
  try {
    await Promise.all(
      paths.map((path) =>
        limit(async () => {
          const bytes = await readFile(path);
          const key = sha256(bytes);
          keyOf.set(path, key);
          const known = old?.index.entries[key];
          if (known) {
            counts.cached++;
            entries[key] ??= known;
          } else if (!entries[key]) {
            // Slots are given out in the order of the paths, below; -1 marks the place.
            entries[key] = { slot: -1 };
            counts.decoded++;
            try {
              fresh.set(key, resizePoster(await decode(bytes), spec));
            } catch (error) {
              if (!(error instanceof InputError)) throw error;
              entries[key] = { error: error.message };
              if (IN_TROUBLE.test(error.message)) forget.add(key);
            }
          } else counts.decoded++;
          options.onProgress?.(++done, paths.length);
        }),
      ),
    );
  } finally {
    sharp.concurrency(concurrency);
  }

  const problems: Problem[] = [];
  for (const path of paths) {
    const entry = entries[keyOf.get(path)!]!;
    if ("error" in entry) {
      counts.failed++;
      problems.push({ file: relative(root, path), message: entry.error.replace(/^poster: /, "") });
    }
  }

  for (const key of forget) delete entries[key];
  const keys = Object.keys(entries);
  const unchanged =
    old !== undefined &&
    keys.length === Object.keys(old.index.entries).length &&
    keys.every((key) => old.index.entries[key] !== undefined);
  let pack: Pack | undefined = old;
  if (!unchanged || !pack) {
    const slots = new Map<string, number>();
    for (const path of paths) {
      const key = keyOf.get(path)!;
      const entry = entries[key];
      if (entry && "slot" in entry && !slots.has(key)) slots.set(key, slots.size);
    }
    const blob = new Uint8Array(slots.size * pixels);
    for (const [key, slot] of slots) {
      const before = old?.index.entries[key];
      const source =
        fresh.get(key) ??
        (before && "slot" in before
          ? old!.pixels.subarray(before.slot * pixels, (before.slot + 1) * pixels)
          : undefined);
      if (!source) throw new Error(`internal: poster ${key} is neither decoded nor cached`);
      blob.set(source, slot * pixels);
      entries[key] = { slot };
    }
    const index = { ...spec, decoder: DECODER, entries: sortKeys(entries) };
    pack = { index, file: await writePack(cacheFile, index, blob) };
  }
  return storeOf(pack, cacheFile, keyOf, spec, counts, problems);
}

function storeOf(
  { file, index }: Pack,
  cacheFile: string,
  keyOf: ReadonlyMap<string, string>,
  spec: PosterSpec,
  counts: PosterStore["counts"],
  problems: readonly Problem[],
): PosterStore & { readonly file: number } {
  const pixels = spec.height * spec.width * 3;
  const pixelStart = headerOf(index).length;
  const slotOf = (path: string): number => {
    const entry = index.entries[keyOf.get(path) ?? ""];
    return entry && "slot" in entry ? entry.slot : -1;
  };
  return {
    file,
    spec,
    counts,
    problems,
    has: (path) => slotOf(path) >= 0,
    read(path, out, offset = 0) {
      const slot = slotOf(path);
      if (slot < 0) throw new Error(`${path} is not in the poster cache`);
      const read = readSync(file, out, offset, pixels, pixelStart + slot * pixels);
      if (read !== pixels) throw new Error(`${cacheFile} was shortened while in use; run again`);
    },
    close: () => closeSync(file),
  };
}

/** The pack's head: magic, length of the index in 10 digits, the index. */
function headerOf(index: PackIndex): Buffer {
  const json = Buffer.from(JSON.stringify(index));
  return Buffer.concat([
    Buffer.from(MAGIC),
    Buffer.from(`${String(json.length).padStart(10)}\n`),
    json,
  ]);
}

/** @returns A descriptor to read what was written. */
async function writePack(path: string, index: PackIndex, pixels: Uint8Array): Promise<number> {
  const head = headerOf(index);
  const digest = createHash("sha256").update(head).update(pixels).digest();
  let file: number | undefined;
  try {
    await writeFileAtomic(path, Buffer.concat([head, pixels, digest]), (temporary) => {
      file = openSync(temporary, "r");
    });
  } catch (error) {
    if (file !== undefined) closeSync(file);
    throw error;
  }
  return file!;
}

/** @returns undefined if there is no pack for these sizes and this decoder. @throws Error if there is one that is damaged. */
function readPack(
  path: string,
  spec: PosterSpec,
): (Pack & { readonly pixels: Uint8Array }) | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  let parsed: { index: PackIndex; pixels: Uint8Array } | undefined;
  try {
    parsed = parsePack(readFileSync(file), path, spec);
  } finally {
    if (!parsed) closeSync(file);
  }
  return parsed && { file, ...parsed };
}

function parsePack(
  bytes: Buffer,
  path: string,
  spec: PosterSpec,
): { index: PackIndex; pixels: Uint8Array } | undefined {
  const body = bytes.subarray(0, -DIGEST_BYTES);
  const digest = createHash("sha256").update(body).digest();
  if (!digest.equals(bytes.subarray(-DIGEST_BYTES))) {
    throw new Error(`${path} is damaged (its checksum does not match)`);
  }
  if (!body.subarray(0, MAGIC.length).equals(Buffer.from(MAGIC))) return undefined;
  const jsonStart = MAGIC.length + 11;
  const jsonLength = Number(body.subarray(MAGIC.length, jsonStart - 1).toString());
  const index = JSON.parse(
    body.subarray(jsonStart, jsonStart + jsonLength).toString(),
  ) as PackIndex;
  const { height, width, decoder } = index;
  if (height !== spec.height || width !== spec.width || decoder !== DECODER) return undefined;
  return { index, pixels: body.subarray(jsonStart + jsonLength) };
}

/** Order of the keys decides the header's bytes; decoding finishes in any order. */
function sortKeys<T>(record: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
}
