/** Types and helpers shared by the header readers. */

import type { Turn } from "./turn.ts";

export interface Header {
  /** Pixels, as stored: before the file's orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** A CMYK JPEG; decoders convert its colours differently. */
  readonly cmyk?: boolean;
  /**
   * A JPEG that every build of libjpeg decodes to the same bytes without further steps: not CMYK, without Exif data, which
   * may contain an orientation, and with all coefficients, because builds estimate missing ones differently.
   */
  readonly ordinary?: boolean;
  /** How to turn an AVIF's stored pixels. The decoders of other formats apply the orientation themselves. */
  readonly turn?: Turn;
}

/** A file is refused; the message is a clause about "it", such as "it is damaged". */
export class ImageError extends Error {}

/** Reads a four-character code, the name of a chunk or box. */
export function fourCC(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** Throws a RangeError if the view ends before `end`. */
export function mustReach(view: DataView, end: number): void {
  if (end > 0) view.getUint8(end - 1);
}
