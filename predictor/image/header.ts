/** What the readers of file headers have in common. */

import type { Turn } from "./turn.ts";

export interface Header {
  /** Pixels, as stored: before the file's orientation is applied. */
  readonly width: number;
  readonly height: number;
  /** A JPEG of four inks; decoders have no common rule for their colours. */
  readonly cmyk?: boolean;
  /**
   * A JPEG that every build of libjpeg decodes to the same bytes, as it lies: not of four inks, without Exif, which may ask for a
   * turn, and with all of its coefficients; where some are missing, builds guess them differently.
   */
  readonly ordinary?: boolean;
  /** How an AVIF's stored pixels are to be turned. Of other formats the decoders know. */
  readonly turn?: Turn;
}

/** Why a file is refused, as a sentence about "it". */
export class Fault extends Error {}

/** Four characters, as formats name their parts. */
export function fourCC(view: DataView, at: number): string {
  return String.fromCharCode(...[0, 1, 2, 3].map((i) => view.getUint8(at + i)));
}

/** Throws a RangeError if the view ends before `end`. */
export function mustReach(view: DataView, end: number): void {
  if (end > 0) view.getUint8(end - 1);
}
