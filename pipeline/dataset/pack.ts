/**
 * The pack file of a cache: blocks of equal size by key, each with a checksum, so that damage costs only the blocks that it
 * hits. Written and checked piece by piece, read one block at a time: memory use does not grow with the blocks' size.
 *
 * Layout: a header line with its own checksum; the blocks, each after its key and its checksum; at the end, the keys that
 * have no block, as JSON, their length and a checksum. Every checksum is a CRC-32 that begins with the header, so that
 * blocks of another format never pass for blocks of this one, even where the header is damaged.
 */

import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { crc32 } from "node:zlib";
import { writeFileAtomic } from "../../node/files.ts";

/** Increased whenever the layout of the file changes. */
const LAYOUT = 4;
/** How earlier versions' files of posters began. */
const EARLIER = /^marquee posters \d+\n/;
/** Bytes that hold any header. */
const LONGEST_HEADER = 4096;

/** A key in the file: a SHA-256. */
const KEY_BYTES = 32;
const CRC_BYTES = 4;
const LENGTH_BYTES = 4;
/** A longer list of keys without a block is damage: 1 GiB. */
const LONGEST_LIST = 1 << 30;
/** Bytes read at a time when the whole file is checked: 1 MiB. */
const CHUNK = 1 << 20;

export interface PackFormat {
  /** One line that says what is in the blocks and what made them: a pack of another description is not used. */
  readonly description: string;
  /** Bytes per block. */
  readonly blockBytes: number;
}

/** The block of a key (SHA-256, hex), or why it has none. */
export type PackEntry = { readonly key: string } & (
  | { readonly bytes: Uint8Array }
  | { readonly error: string }
);

/** An open pack: the file descriptor keeps this content, even if the path is replaced later. */
export interface Pack {
  /** Whether any part of the file is damaged; what is left is sound. */
  readonly damaged: boolean;
  /** Number of keys, with a block or an error. */
  readonly size: number;
  has(key: string): boolean;
  /** Why the key has no block; undefined if it has one, or is not in the pack. */
  errorOf(key: string): string | undefined;
  /**
   * Copies the key's block into `out`, starting at `offset`.
   *
   * @throws Error if the key has no block, or if the file was damaged since it was opened.
   */
  read(key: string, out: Uint8Array, offset?: number): void;
  close(): void;
}

/**
 * Writes a pack with the blocks in the order given, each before the next one is requested.
 *
 * @param entries One per key.
 */
export async function writePack(
  path: string,
  format: PackFormat,
  entries: AsyncIterable<PackEntry>,
): Promise<Pack> {
  const header = headerOf(format);
  const seed = crc32(header);
  const slots = new Map<string, number>();
  const errors = new Map<string, string>();
  async function* content(): AsyncGenerator<Uint8Array> {
    yield header;
    for await (const entry of entries) {
      if ("error" in entry) errors.set(entry.key, entry.error);
      else {
        slots.set(entry.key, slots.size);
        const key = Buffer.from(entry.key, "hex");
        yield Buffer.concat([key, checksumOf([key, entry.bytes], seed), entry.bytes]);
      }
    }
    // Sorted, so that the bytes do not depend on the order in which images failed.
    const list = Buffer.from(JSON.stringify([...errors].sort(([a], [b]) => (a < b ? -1 : 1))));
    const length = Buffer.alloc(LENGTH_BYTES);
    length.writeUInt32LE(list.length);
    yield Buffer.concat([list, length, checksumOf([list, length], seed)]);
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
  return packOf({ path, file: file!, format, slots, errors, damaged: false });
}

/** Opens a pack and checks all of it. @returns undefined if there is no pack of this format. */
export function openPack(path: string, format: PackFormat): Pack | undefined {
  let file: number;
  try {
    file = openSync(path, "r");
  } catch {
    return undefined;
  }
  try {
    const content = readContent(file, format);
    if (content) return packOf({ path, file, format, ...content });
  } catch (error) {
    closeSync(file);
    throw error;
  }
  closeSync(file);
  return undefined;
}

interface PackContent {
  /** Place of each key's block. */
  readonly slots: ReadonlyMap<string, number>;
  readonly errors: ReadonlyMap<string, string>;
  readonly damaged: boolean;
}

/** @returns undefined for a file of another format. */
function readContent(file: number, format: PackFormat): PackContent | undefined {
  const header = headerOf(format);
  const sameHeader = readBytes(file, 0, header.length).equals(header);
  if (!sameHeader && isOfOtherFormat(file)) return undefined;
  const seed = crc32(header);
  const { size } = fstatSync(file);
  const end = readErrors(file, size, seed);
  const bytes = (end?.start ?? size) - header.length;
  const slots = new Map<string, number>();
  let sound = sameHeader && end !== undefined && bytes % strideOf(format) === 0;
  for (const [slot, block] of blocksOf(file, format, header.length, bytes)) {
    const key = keyOf(block, seed);
    if (key === undefined) sound = false;
    else slots.set(key, slot);
  }
  return { slots, errors: end?.errors ?? new Map(), damaged: !sound };
}

/** Whether the file begins with a sound header: the caller has seen that it is not that of its format. */
function isOfOtherFormat(file: number): boolean {
  const start = readBytes(file, 0, LONGEST_HEADER).toString("latin1");
  const [, text, checksum] = /^(marquee pack .*) ([0-9a-f]{8})\n/.exec(start) ?? [];
  if (text === undefined) return EARLIER.test(start);
  return hexOf(crc32(Buffer.from(text, "latin1"))) === checksum;
}

/** The keys without a block, and where their list starts; undefined if it is damaged. */
function readErrors(
  file: number,
  size: number,
  seed: number,
): { start: number; errors: Map<string, string> } | undefined {
  const tail = LENGTH_BYTES + CRC_BYTES;
  const last = readBytes(file, Math.max(0, size - tail), tail);
  if (last.length < tail) return undefined;
  const length = last.subarray(0, LENGTH_BYTES);
  const listed = length.readUInt32LE();
  const start = size - tail - listed;
  if (listed > LONGEST_LIST || start < 0) return undefined;
  const list = readBytes(file, start, listed);
  if (!checksumOf([list, length], seed).equals(last.subarray(LENGTH_BYTES))) return undefined;
  return { start, errors: new Map(JSON.parse(list.toString()) as [string, string][]) };
}

/** Every whole block among `bytes` bytes, with its key and its checksum; valid until the next one. */
function* blocksOf(
  file: number,
  format: PackFormat,
  from: number,
  bytes: number,
): Generator<[slot: number, block: Buffer]> {
  const stride = strideOf(format);
  const count = Math.floor(bytes / stride);
  const atOnce = Math.max(1, Math.floor(CHUNK / stride));
  for (let first = 0; first < count; first += atOnce) {
    const several = Math.min(atOnce, count - first);
    const chunk = readBytes(file, from + first * stride, several * stride);
    for (let i = 0; i < several; i++)
      yield [first + i, chunk.subarray(i * stride, (i + 1) * stride)];
  }
}

/** The key of a block as it is in the file; undefined if the block is damaged. */
function keyOf(block: Buffer, seed: number): string | undefined {
  const key = block.subarray(0, KEY_BYTES);
  const checksum = block.subarray(KEY_BYTES, KEY_BYTES + CRC_BYTES);
  const bytes = block.subarray(KEY_BYTES + CRC_BYTES);
  return checksumOf([key, bytes], seed).equals(checksum) ? key.toString("hex") : undefined;
}

function packOf({
  path,
  file,
  format,
  slots,
  errors,
  damaged,
}: PackContent & { path: string; file: number; format: PackFormat }): Pack {
  const header = headerOf(format);
  const seed = crc32(header);
  const stride = strideOf(format);
  const block = Buffer.alloc(stride);
  return {
    damaged,
    size: slots.size + errors.size,
    has: (key) => slots.has(key),
    errorOf: (key) => errors.get(key),
    read(key, out, offset = 0) {
      const slot = slots.get(key);
      if (slot === undefined) throw new Error(`internal: ${path} has no block ${key}`);
      const read = readSync(file, block, 0, stride, header.length + slot * stride);
      // Another process may have written into the file since it was checked.
      if (read !== stride || keyOf(block, seed) !== key) {
        throw new Error(`${path} was damaged while in use; run again`);
      }
      out.set(block.subarray(KEY_BYTES + CRC_BYTES), offset);
    },
    close: () => closeSync(file),
  };
}

function headerOf({ description, blockBytes }: PackFormat): Buffer {
  const text = `marquee pack ${LAYOUT} ${blockBytes} ${description}`;
  return Buffer.from(`${text} ${hexOf(crc32(Buffer.from(text, "latin1")))}\n`, "latin1");
}

/** Bytes from one block to the next. */
function strideOf({ blockBytes }: PackFormat): number {
  return KEY_BYTES + CRC_BYTES + blockBytes;
}

function checksumOf(parts: readonly Uint8Array[], seed: number): Buffer {
  const checksum = Buffer.alloc(CRC_BYTES);
  checksum.writeUInt32LE(parts.reduce((crc, part) => crc32(part, crc), seed));
  return checksum;
}

function hexOf(crc: number): string {
  return crc.toString(16).padStart(8, "0");
}

/** Fewer where the file ends. */
function readBytes(file: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  return bytes.subarray(0, readSync(file, bytes, 0, length, position));
}
