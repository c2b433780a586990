/** Exif (CIPA DC-008): how a picture has to be turned. */

import type { Turn } from "./turn.ts";

const ORIENTATION = 0x0112;
const SHORT = 3;
/** Bytes of a directory's entry. */
const ENTRY = 12;
/** By Exif's number, 1 to 8: where the first row and column of the stored pixels are to be seen. */
const TURNS: readonly Turn[] = [
  { quarters: 0 },
  { quarters: 0, mirror: "sideways" },
  { quarters: 2 },
  { quarters: 0, mirror: "upright" },
  { quarters: 3, mirror: "sideways" },
  { quarters: 3 },
  { quarters: 1, mirror: "sideways" },
  { quarters: 1 },
];

/**
 * @param view Exif data from its byte order on, "II" or "MM".
 * @returns Undefined where there is no orientation, or it is damaged: such pictures are shown as they are stored.
 */
export function readOrientation(view: DataView): Turn | undefined {
  const order = view.byteLength < 8 ? 0 : view.getUint16(0);
  if (order !== 0x4949 && order !== 0x4d4d) return undefined;
  const little = order === 0x4949;
  const directory = view.getUint32(4, little);
  if (directory + 2 > view.byteLength) return undefined;
  const count = view.getUint16(directory, little);
  for (let i = 0; i < count; i++) {
    const at = directory + 2 + i * ENTRY;
    if (at + ENTRY > view.byteLength) return undefined;
    if (view.getUint16(at, little) !== ORIENTATION) continue;
    if (view.getUint16(at + 2, little) !== SHORT) return undefined;
    return TURNS[view.getUint16(at + 8, little) - 1];
  }
  return undefined;
}

/** A part of a view. */
export function within(view: DataView, start: number, end: number): DataView {
  return new DataView(view.buffer, view.byteOffset + start, end - start);
}
