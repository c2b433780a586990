/** Bodies that are packed: by what, how much they may unpack to, and a message that is unpacked whole. */

import type { Transform } from "node:stream";
import * as zlib from "node:zlib";
import { HttpError } from "../problems.ts";

/** Bytes that a body may unpack to whatever its packed size: a batch of tensors without images is mostly zeros. */
const FREE_BYTES = 4_000_000;
/** Most unpacked bytes for each packed one, beyond those: texts and tensors have up to 50. */
const MAX_RATIO = 100;
/** Size of a piece that is decompressed in one go, in a thread of Node's pool. */
const CHUNK_BYTES = 1 << 16;

type CreateDecoder = (options: { readonly chunkSize: number }) => Transform;

/** By content encoding. */
const DECODERS: Readonly<Record<string, CreateDecoder>> = {
  gzip: zlib.createGunzip,
  deflate: zlib.createInflate,
  br: zlib.createBrotliDecompress,
  // From Node 22.15 on.
  ...("createZstdDecompress" in zlib ? { zstd: zlib.createZstdDecompress as CreateDecoder } : {}),
};

/**
 * @returns Undefined for bodies that are not packed.
 * @throws HttpError 415 if the encoding is not known.
 */
export function createDecoder(encoding: string): Transform | undefined {
  if (encoding === "identity") return undefined;
  if (!Object.hasOwn(DECODERS, encoding)) {
    throw bodyError("content-type", `unsupported content encoding "${encoding.slice(0, 40)}"`);
  }
  return DECODERS[encoding]!({ chunkSize: CHUNK_BYTES });
}

/** @throws HttpError 413 if so many packed bytes must not become so many. */
export function checkRatio(packed: number, unpacked: number): void {
  if (unpacked <= FREE_BYTES || unpacked <= MAX_RATIO * packed) return;
  throw bodyError("too-large", `is compressed more than ${MAX_RATIO}:1`);
}

export function bodyError(
  code: "bad-request" | "too-large" | "content-type" | "slow-body",
  detail: string,
): HttpError {
  return new HttpError(code, `body: ${detail}`, { issues: [{ field: "body", detail }] });
}

export function tooLarge(): HttpError {
  return bodyError("too-large", "the body is too large");
}

export interface UnpackLimits {
  /** Most bytes, unpacked. */
  readonly maxBytes: number;
  /** Counts unpacked bytes while they come. */
  readonly hold: (bytes: number) => void;
}

/**
 * Unpacks a message that is there whole, in threads of Node's pool.
 *
 * @throws HttpError 400 if it is damaged, 413 if it is too large, 415 if it is packed in another way.
 */
export async function unpack(
  packed: Buffer,
  encoding: string,
  { maxBytes, hold }: UnpackLimits,
): Promise<Buffer> {
  const decoder = createDecoder(encoding);
  if (!decoder) return packed;
  const pieces: Buffer[] = [];
  let length = 0;
  decoder.end(packed);
  try {
    for await (const piece of decoder as AsyncIterable<Buffer>) {
      length += piece.length;
      hold(piece.length);
      if (length > maxBytes) throw tooLarge();
      checkRatio(packed.length, length);
      pieces.push(piece);
    }
  } catch (error) {
    throw error instanceof HttpError ? error : bodyError("bad-request", (error as Error).message);
  }
  return Buffer.concat(pieces, length);
}
