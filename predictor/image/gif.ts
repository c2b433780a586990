/** GIF (CompuServe 89a): checks the blocks from the first to the last, because decoders tolerate different errors. */

import { issueOf } from "../issues.ts";
import { type Header, ImageError } from "./header.ts";
import { readLzw } from "./lzw.ts";

const LITTLE_ENDIAN = true;
const HEADER_LENGTH = 13;
const EXTENSION = 0x21;
const GRAPHIC_CONTROL = 0xf9;
const IMAGE = 0x2c;
const TRAILER = 0x3b;
/** First row and distance of the rows of each pass of an interlaced image. */
const PASSES = [
  [0, 8],
  [4, 8],
  [2, 4],
  [1, 2],
] as const;

/** The first frame, which fills the image. */
interface Frame {
  readonly width: number;
  readonly height: number;
  /** The colours, uint8 [colours, 3]. */
  readonly table: Uint8Array;
  /** Number of the colour that stands for nothing. */
  readonly clear: number | undefined;
  readonly interlaced: boolean;
  /** Bits of a colour. */
  readonly codeSize: number;
  readonly data: Uint8Array;
}

/** @throws ImageError, or RangeError if the file ends within a block. */
export function readGif(view: DataView): Header {
  const { data, codeSize, width, height } = findFrame(view);
  readLzw(data, codeSize, width * height);
  return { width, height };
}

/**
 * Decodes the first frame.
 *
 * @returns RGBA, [height, width, 4]. Colours that the table lacks are black.
 * @throws ImageError or RangeError as `readGif` does.
 */
export function decodeGif(view: DataView): Uint8Array {
  const { width, height, table, clear, interlaced, codeSize, data } = findFrame(view);
  const numbers = new Uint8Array(width * height);
  readLzw(data, codeSize, numbers.length, numbers);
  const colours = new Uint8Array(256 * 4);
  for (let i = 0; i < 256; i++) {
    colours.set(table.subarray(3 * i, 3 * i + 3), 4 * i);
    colours[4 * i + 3] = i === clear ? 0 : 255;
  }
  const packed = new Uint32Array(colours.buffer);
  const out = new Uint32Array(numbers.length);
  let from = 0;
  const copyRow = (y: number) => {
    for (let to = y * width, end = to + width; to < end; to++) out[to] = packed[numbers[from++]!]!;
  };
  for (const [first, step] of interlaced ? PASSES : ([[0, 1]] as const)) {
    for (let y = first; y < height; y += step) copyRow(y);
  }
  return new Uint8Array(out.buffer);
}

function findFrame(view: DataView): Frame {
  const size = (at: number) => view.getUint16(at, LITTLE_ENDIAN);
  const [width, height] = [size(6), size(8)];
  const tableAt = (flagsAt: number, start: number) =>
    new Uint8Array(view.buffer, view.byteOffset + start, tableLength(view.getUint8(flagsAt)));
  let found: Frame | undefined;
  let clear: number | undefined;
  let at = HEADER_LENGTH + tableLength(view.getUint8(10));
  // Some encoders write no trailer.
  while (at < view.byteLength || !found) {
    const kind = view.getUint8(at);
    if (kind === TRAILER) break;
    if (kind === EXTENSION) {
      if (!found && view.getUint8(at + 1) === GRAPHIC_CONTROL && view.getUint8(at + 2) >= 4) {
        clear = view.getUint8(at + 3) & 1 ? view.getUint8(at + 6) : undefined;
      }
      at = afterSubBlocks(view, at + 2);
    } else if (kind === IMAGE) {
      const flags = view.getUint8(at + 9);
      const data = at + 10 + tableLength(flags);
      if (!found) {
        // Decoders fill the area around it with different colours.
        if (size(at + 1) || size(at + 3) || size(at + 5) !== width || size(at + 7) !== height) {
          throw new ImageError(issueOf("partialFrame"));
        }
        found = {
          ...{ width, height, clear },
          table: flags & 0x80 ? tableAt(at + 9, at + 10) : tableAt(10, HEADER_LENGTH),
          interlaced: (flags & 0x40) !== 0,
          codeSize: view.getUint8(data),
          data: joinSubBlocks(view, data + 1),
        };
      }
      at = afterSubBlocks(view, data + 1);
    } else {
      throw new ImageError(issueOf("damaged"));
    }
  }
  if (!found) throw new ImageError(issueOf("damaged"));
  return found;
}

/** Length of a colour table in bytes, from the flags before it. */
const tableLength = (flags: number) => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

function afterSubBlocks(view: DataView, start: number): number {
  let at = start;
  for (let length = view.getUint8(at); length > 0; length = view.getUint8(at)) at += 1 + length;
  return at + 1;
}

function joinSubBlocks(view: DataView, start: number): Uint8Array {
  const out = new Uint8Array(afterSubBlocks(view, start) - start);
  let length = 0;
  for (let at = start; view.getUint8(at) > 0; at += 1 + view.getUint8(at)) {
    const block = new Uint8Array(view.buffer, view.byteOffset + at + 1, view.getUint8(at));
    out.set(block, length);
    length += block.length;
  }
  return out.subarray(0, length);
}
