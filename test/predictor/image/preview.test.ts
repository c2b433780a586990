import assert from "node:assert/strict";
import { test } from "node:test";
import { preview } from "../../../predictor/image/preview.ts";
import type { Rows } from "../../../predictor/image/rows.ts";

/** Rows of an image in portions of so many rows, the last one smaller, over one buffer as decoders do. */
function portions(data: Uint8Array, width: number, height: number, count: number): Rows {
  const buffer = new Uint8Array(count * width * 3);
  let at = 0;
  return {
    ...{ width, height, channels: 3 },
    next() {
      const some = data.subarray(at, at + buffer.length);
      at += some.length;
      buffer.set(some);
      return buffer.subarray(0, some.length);
    },
  };
}

for (const [width, height, maxSide, columns, lines] of [
  [10, 7, 4, 4, 3],
  [7, 10, 5, 4, 5],
  [6, 4, 6, 6, 4],
  [1, 9, 2, 1, 2],
] as const) {
  test(`${width} x ${height} in at most ${maxSide}: the means of squares, whatever portions the rows come in`, () => {
    const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 256);
    const side = Math.ceil(Math.max(width, height) / maxSide);
    const mean = (x: number, y: number, channel: number) => {
      const values: number[] = [];
      for (let j = y * side; j < Math.min(height, (y + 1) * side); j++) {
        for (let i = x * side; i < Math.min(width, (x + 1) * side); i++) {
          values.push(data[(j * width + i) * 3 + channel]!);
        }
      }
      return Math.floor(values.reduce((sum, value) => sum + value) / values.length + 0.5);
    };
    const expected = Uint8Array.from({ length: columns * lines * 3 }, (_, i) =>
      mean(Math.floor(i / 3) % columns, Math.floor(i / 3 / columns), i % 3),
    );
    for (const count of [1, 3, height]) {
      const { rows, picture } = preview(portions(data, width, height, count), maxSide);
      const read: number[] = [];
      for (let some = rows.next(); some.length > 0; some = rows.next()) read.push(...some);
      assert.deepEqual(Uint8Array.from(read), data, "the rows pass unchanged");
      assert.deepEqual(picture(), { data: expected, width: columns, height: lines, channels: 3 });
    }
  });
}
