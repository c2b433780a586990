/** PNGs of every kind that the format has, also those that encoders do not write. */

import { crc32, deflateSync } from "node:zlib";
import type { Random } from "../../../pipeline/common/random.ts";

export interface PngForm {
  readonly width: number;
  readonly height: number;
  /** 0 grey, 2 RGB, 3 palette, 4 grey with alpha, 6 RGB with alpha. */
  readonly colour: 0 | 2 | 3 | 4 | 6;
  readonly depth: 1 | 2 | 4 | 8 | 16;
  readonly interlaced?: boolean;
  /** A colour, or the alphas of a palette's first colours. */
  readonly transparent?: boolean;
}

const CHANNELS = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 } as const;
/** First column and row, and distances, of the passes of an interlaced image. */
const PASSES = [
  [0, 0, 8, 8],
  [4, 0, 8, 8],
  [0, 4, 4, 8],
  [2, 0, 4, 4],
  [0, 2, 2, 4],
  [1, 0, 2, 2],
  [0, 1, 1, 2],
] as const;

/** Random samples, rows under random filters. */
export function writePng(form: PngForm, random: Random): Buffer {
  const { width, height, colour, depth, interlaced, transparent } = form;
  const bits = CHANNELS[colour] * depth;
  const bytes = (count: number) =>
    Buffer.from(Uint8Array.from({ length: count }, () => random.int(256)));
  const rows: Buffer[] = [];
  for (const [x, y, right, down] of interlaced ? PASSES : ([[0, 0, 1, 1]] as const)) {
    const columns = Math.ceil((width - x) / right);
    if (columns <= 0) continue;
    for (let row = y; row < height; row += down) {
      const line = bytes(1 + Math.ceil((columns * bits) / 8));
      // Any bytes are samples under any filter.
      line[0] = random.int(5);
      rows.push(line);
    }
  }
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width);
  head.writeUInt32BE(height, 4);
  head.set([depth, colour, 0, 0, interlaced ? 1 : 0], 8);
  return Buffer.concat([
    Buffer.from("89504e470d0a1a0a", "hex"),
    chunk("IHDR", head),
    // Ignored by every host.
    chunk("gAMA", Buffer.from([0, 0, 0x80, 0])),
    ...(colour === 3 ? [chunk("PLTE", bytes(3 * 2 ** depth))] : []),
    ...(transparent ? [chunk("tRNS", transparency(form, bytes))] : []),
    chunk("IDAT", deflateSync(Buffer.concat(rows))),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

function transparency({ colour, depth }: PngForm, bytes: (count: number) => Buffer): Buffer {
  if (colour === 3) return bytes(2 ** (depth - 1));
  const samples = bytes(2 * CHANNELS[colour]);
  // A sample has two bytes, of which those of lower depths use the last bits.
  return depth === 16 ? samples : Buffer.from(samples.map((b, i) => (i % 2 ? b % 2 ** depth : 0)));
}

export function chunk(type: string, data: Buffer): Buffer {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length);
  out.write(type, 4, "latin1");
  data.copy(out, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
}
