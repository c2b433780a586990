/** The image tower on posters: supported sizes, the features it computes, and that brightness is standardised as fitted. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { PixelScale } from "../../../pipeline/fit/pixels.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { tiny, withInput } from "../tinyModel.ts";

before(async () => {
  await startBackend("wasm");
});

/** A tower with one block of one filter, whose convolution copies the green channel of every second pixel. */
async function greenTower(height: number, width: number, pixels: PixelScale) {
  const small = tiny(12, { poster: { height, width, channels: [1] } });
  const { parts } = withInput(small, "poster", { pixels });
  const model = buildTower("poster", parts, createRandom(1));
  const weights = await getWeights(model);
  const kernel = new Float32Array(5 * 5 * 3);
  // With "same" padding and stride 2, an even side starts one pixel outside: the window of output 0 is -1..3.
  kernel[(1 * 5 + 1) * 3 + 1] = 1;
  weights.set("poster_block1_conv/kernel", kernel);
  weights.set("poster_block1_conv/bias", Float32Array.of(0));
  // Label 0 is the average, label 1 the maximum, label 2 neither.
  weights.set("poster_logits/kernel", Float32Array.of(1, 0, 0, 0, 1, 0));
  weights.set("poster_logits/bias", Float32Array.of(0, 0, 5));
  setWeights(model, weights);
  return model;
}

test("average and maximum of the last block match a direct computation", async () => {
  const pixels = { mean: 100, std: 50 };
  const model = await greenTower(8, 8, pixels);
  const random = createRandom(1);
  const poster = Int32Array.from({ length: 8 * 8 * 3 }, () => random.int(256));
  // Scaled, every second pixel, ReLU, then the largest of each 2 x 2.
  const green = (y: number, x: number) =>
    Math.max(0, (poster[(y * 8 + x) * 3 + 1]! - pixels.mean) / pixels.std);
  const pooled = [0, 4].flatMap((y) =>
    [0, 4].map((x) => Math.max(green(y, x), green(y, x + 2), green(y + 2, x), green(y + 2, x + 2))),
  );
  const average = pooled.reduce((sum, value) => sum + value, 0) / 4;
  const found = await forward(model, [poster, Float32Array.of(1)]);
  for (const [l, expected] of [average, Math.max(...pooled), 5].entries()) {
    assert.ok(Math.abs(found[l]! - expected) < 1e-5, `${found}, expected ${expected} at ${l}`);
  }
  assert.deepEqual([...(await forward(model, [poster, Float32Array.of(0)]))], [0, 0, 0]);
});

test("posters of any size, including odd and small ones, and any number of blocks", async () => {
  for (const [height, width, channels] of [
    [1, 1, [2]],
    [7, 5, [2, 3]],
    [33, 20, [2, 3, 4]],
    [96, 64, [2, 2, 2, 2]],
  ] as const) {
    const { parts } = tiny(12, { poster: { height, width, channels } });
    const model = buildTower("poster", parts, createRandom(1));
    const found = await forward(model, [
      new Int32Array(height * width * 3).fill(200),
      Float32Array.of(1),
    ]);
    assert.equal(found.length, 3);
    assert.ok(found.every(Number.isFinite));
  }
});
