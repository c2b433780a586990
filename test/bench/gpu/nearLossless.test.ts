/** Carried posters: no channel off by more than 1, whatever is on them, and more alike bytes than before. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { deflateSync } from "node:zlib";
import { decodePosters, encodePosters } from "../../../bench/gpu/nearLossless.ts";
import { createRandom } from "../../../pipeline/common/random.ts";

const SPEC = { height: 24, width: 16 };
const PIXELS = SPEC.height * SPEC.width;
const random = createRandom(1);

/** Three posters: noise, which predicts nothing; black and white in turn, the largest steps there are; smooth colours. */
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

test("every channel of every pixel comes back within 1", () => {
  const before = posters();
  const codes = encodePosters(before, SPEC);
  assert.equal(codes.length, before.length);
  const after = decodePosters(codes, SPEC);
  const worst = before.reduce((most, value, i) => Math.max(most, Math.abs(value - after[i]!)), 0);
  assert.ok(worst <= 1, `off by ${worst}`);
});

test("smooth pixels are packed to less than half of what they are packed to as they are", () => {
  const smooth = posters().subarray(2 * PIXELS * 3);
  const own = deflateSync(encodePosters(smooth, SPEC)).length;
  assert.ok(own < deflateSync(smooth).length / 2, `${own} of ${deflateSync(smooth).length}`);
});
