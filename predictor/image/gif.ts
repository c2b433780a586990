/** GIF (CompuServe 89a): checks the blocks from the first to the last, because decoders tolerate different errors. */

import { type Header, ImageError } from "./header.ts";
import { checkLzw } from "./lzw.ts";

const LITTLE_ENDIAN = true;
const HEADER_LENGTH = 13;
const EXTENSION = 0x21;
const IMAGE = 0x2c;
const TRAILER = 0x3b;

/** @throws ImageError, or RangeError if the file ends within a block. */
export function readGif(view: DataView): Header {
  const size = (at: number) => view.getUint16(at, LITTLE_ENDIAN);
  const [width, height] = [size(6), size(8)];
  let images = 0;
  let at = HEADER_LENGTH + tableLength(view.getUint8(10));
  // Some encoders write no trailer.
  while (at < view.byteLength || images === 0) {
    const kind = view.getUint8(at);
    if (kind === TRAILER) break;
    if (kind === EXTENSION) {
      at = afterSubBlocks(view, at + 2);
    } else if (kind === IMAGE) {
      const data = at + 10 + tableLength(view.getUint8(at + 9));
      if (images === 0) {
        // Decoders fill the area around it with different colours.
        if (size(at + 1) || size(at + 3) || size(at + 5) !== width || size(at + 7) !== height) {
          throw new ImageError("its first frame does not fill the image");
        }
        checkLzw(joinSubBlocks(view, data + 1), view.getUint8(data), width * height);
      }
      images++;
      at = afterSubBlocks(view, data + 1);
    } else {
      throw new ImageError("it is damaged");
    }
  }
  if (images === 0) throw new ImageError("it is damaged");
  return { width, height };
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
