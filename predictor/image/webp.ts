/** WebP (RFC 9649): reads the size of the canvas from the first chunk, which is of one of three kinds. */

import { issueOf } from "../issues.ts";
import { fourCC, type Header, ImageError, mustReach } from "./header.ts";

const LITTLE_ENDIAN = true;
/** Mask of a side's 14 bits in lossy and lossless images. */
const SIDE = 0x3fff;
/** Position of the first chunk's data. */
const DATA = 20;

/** @throws ImageError, or RangeError if the file is shorter than it says. */
export function readWebp(view: DataView): Header {
  mustReach(view, 8 + view.getUint32(4, LITTLE_ENDIAN));
  switch (fourCC(view, 12)) {
    case "VP8 ":
      return {
        width: view.getUint16(DATA + 6, LITTLE_ENDIAN) & SIDE,
        height: view.getUint16(DATA + 8, LITTLE_ENDIAN) & SIDE,
      };
    case "VP8L": {
      const bits = view.getUint32(DATA + 1, LITTLE_ENDIAN);
      return { width: 1 + (bits & SIDE), height: 1 + ((bits >>> 14) & SIDE) };
    }
    case "VP8X":
      return { width: 1 + uint24(view, DATA + 4), height: 1 + uint24(view, DATA + 7) };
    default:
      throw new ImageError(issueOf("damaged"));
  }
}

const uint24 = (view: DataView, at: number) =>
  view.getUint16(at, LITTLE_ENDIAN) | (view.getUint8(at + 2) << 16);
