/** A small picture of an image, made of its rows as they pass by to whoever decodes it. */

import type { DecodedImage } from "../preprocess/poster.ts";
import type { Rows } from "./rows.ts";

export interface Previewed {
  /** The same rows, to be read in place of those that were given. */
  readonly rows: Rows;
  /** RGB, as it is stored. Once all rows are read. */
  picture(): DecodedImage;
}

/**
 * Each pixel of the picture is the mean of a square of the image's, rounded, or of what the image has of it at the right and
 * at the bottom.
 *
 * @param rows Three channels.
 * @param maxSide Longest side of the picture in pixels. A smaller image is its own picture.
 */
export function preview(rows: Rows, maxSide: number): Previewed {
  const { width, height } = rows;
  const side = Math.ceil(Math.max(width, height) / maxSide);
  const [columns, lines] = [Math.ceil(width / side), Math.ceil(height / side)];
  const data = new Uint8Array(columns * lines * 3);
  /** Sums of the image's columns over the rows of one line of the picture. Bytes of 2^24 rows fit. */
  const sums = new Uint32Array(width * 3);
  let read = 0;

  function add(row: Uint8Array): void {
    for (let i = 0; i < sums.length; i++) sums[i]! += row[i]!;
    read++;
    if (read % side === 0 || read === height) finishLine();
  }

  function finishLine(): void {
    const line = Math.ceil(read / side) - 1;
    const count = read - line * side;
    for (let column = 0; column < columns; column++) {
      const [from, to] = [column * side, Math.min(width, (column + 1) * side)];
      const area = count * (to - from);
      for (let channel = 0; channel < 3; channel++) {
        let sum = 0;
        for (let x = from; x < to; x++) sum += sums[3 * x + channel]!;
        data[(line * columns + column) * 3 + channel] = Math.floor(sum / area + 0.5);
      }
    }
    sums.fill(0);
  }

  return {
    rows: {
      ...rows,
      next() {
        const some = rows.next();
        for (let at = 0; at < some.length; at += sums.length) {
          add(some.subarray(at, at + sums.length));
        }
        return some;
      },
    },
    picture: () => ({ data, width: columns, height: lines, channels: 3 }),
  };
}
