import assert from "node:assert/strict";
import { test } from "node:test";
import sharp from "sharp";
import { tilesToPng } from "../../../pipeline/logging/tiles.ts";

test("tiles are arranged in rows with white gaps, and scaled", async () => {
  const [red, green, blue] = [0, 1, 2].map((c) =>
    Uint8Array.from({ length: 6 }, (_, i) => (i % 3 === c ? 200 : 0)),
  );
  const layout = { height: 2, width: 1, columns: 2, gap: 1, zoom: 3 };
  const { png, width, height } = await tilesToPng([red!, green!, blue!], layout);
  assert.deepEqual([width, height], [9, 15]);
  const { data, info } = await sharp(png).raw().toBuffer({ resolveWithObject: true });
  assert.deepEqual([info.width, info.height, info.channels], [9, 15, 3]);
  const pixel = (x: number, y: number) => [...data.subarray((y * 9 + x) * 3, (y * 9 + x) * 3 + 3)];
  assert.deepEqual(pixel(0, 0), [200, 0, 0]);
  assert.deepEqual(pixel(2, 5), [200, 0, 0]);
  assert.deepEqual(pixel(3, 0), [255, 255, 255]);
  assert.deepEqual(pixel(6, 5), [0, 200, 0]);
  assert.deepEqual(pixel(0, 6), [255, 255, 255]);
  assert.deepEqual(pixel(0, 9), [0, 0, 200]);
  assert.deepEqual(pixel(8, 14), [255, 255, 255]);
});
