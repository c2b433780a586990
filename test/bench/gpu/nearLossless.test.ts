/** Near-lossless codes of posters: errors of at most 1, and smaller than pixels after compression. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decodePosters, encodePosters } from "../../../bench/gpu/nearLossless.ts";
import { createRandom } from "../../../pipeline/common/random.ts";

const SPEC = { height: 24, width: 16 };
const PIXELS = SPEC.height * SPEC.width;
const random = createRandom(1);

/** Three posters: noise, which is unpredictable; alternating black and white, the largest steps; smooth colours. */
function posters(): Uint8Array {
  const all = new Uint8Array(3 * PIXELS * 3);
  for (let i = 0; i < PIXELS; i++) {
    const [x, y] = [i % SPEC.width, Math.floor(i / SPEC.width)];
    for (let c = 0; c < 3; c++) {
      all[i * 3 + c] = random.int(256);
      all[(PIXELS + i) * 3 + c] = (x + y) % 2 === 0 ? 255 : 0;
      all[(2 * PIXELS + i) * 3 + c] = 40 + 8 * x + 2 * y * c;
    }
  }
  return all;
}

test("every channel of every pixel is decoded within 1", () => {
  const before = posters();
  const codes = encodePosters(before, SPEC);
  assert.equal(codes.length, before.length);
  const after = decodePosters(codes, SPEC);
  const largest = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0);
  assert.ok(largest <= 1, `an error of ${largest}`);
});

test("codes of smooth pixels compress to less than half the size of compressed pixels", () => {
  const smooth = posters().subarray(2 * PIXELS * 3);
  const codes = deflateSync(encodePosters(smooth, SPEC)).length;
  assert.ok(codes < deflateSync(smooth).length / 2, `${codes} of ${deflateSync(smooth).length}`);
});
