/** The poster tower: sizes, what it reads off a poster, and that brightness is taken out as fitted. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildTower, type ModelParts } from "../../../pipeline/model/build.ts";
import { getWeights, setWeights } from "../../../pipeline/model/weights.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { forward } from "../../../pipeline/train/step.ts";
import { tiny } from "../tinyModel.ts";

before(async () => {
  await startBackend("wasm");
});

/** A tower with one block of one filter, whose convolution copies the green of each second pixel. */
async function greenTower(height: number, width: number, pixels: ModelParts["pixels"]) {
  const { parts } = tiny(12, { poster: { height, width, channels: [1] } });
  const model = buildTower("poster", { ...parts, pixels }, createRandom(1));
  const weights = await getWeights(model);
  const kernel = new Float32Array(5 * 5 * 3);
  // "same" padding of an even side with stride 2 begins one pixel outside: the window of output 0 is -1..3.
  kernel[(1 * 5 + 1) * 3 + 1] = 1;
  weights.set("poster_block1_conv/kernel", kernel);
  weights.set("poster_block1_conv/bias", Float32Array.of(0));
  // Label 0 is the average, label 1 the strongest, label 2 neither.
  weights.set("poster_logits/kernel", Float32Array.of(1, 0, 0, 0, 1, 0));
  weights.set("poster_logits/bias", Float32Array.of(0, 0, 5));
  setWeights(model, weights);
  return model;
}

test("average and strongest of what the blocks find, by hand", async () => {
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

test("posters of any size, odd and small ones too, and any number of blocks", async () => {
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
