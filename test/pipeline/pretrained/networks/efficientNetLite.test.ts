/** EfficientNet-Lite against PyTorch's: figures of bench/encoders/figures.py. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import {
  channelsAt,
  efficientNetLite,
} from "../../../../pipeline/pretrained/networks/efficientNetLite.ts";
import { onnxOf } from "../../../../pipeline/pretrained/networks/network.ts";
import { isClose } from "./figures.ts";
import { madeImages, madeWeights } from "./madeWeights.ts";

test("a small network computes what PyTorch computes", async () => {
  const size = { height: 45, width: 34 };
  const network = efficientNetLite(
    { width: 0.25, depth: 1.2, size, features: [2, 5, 7] },
    madeWeights,
  );
  const session = await InferenceSession.create(onnxOf(network, {}));
  const pixels = new Tensor(madeImages(45, 34), [2, 3, 45, 34]);
  const { image_embeds } = await session.run({ pixel_values: pixels });
  assert.deepEqual(image_embeds?.dims, [2, 2 * (8 + 32 + 80)]);
  isClose(image_embeds.data, {
    first: [-0.104223, -0.671725, -0.668467, -0.592536, 0.221364, -0.650096, -0.353709, 0.795536],
    sum: 121.1988,
  });
});

test("channels are multiples of 8, and hardly less than the factor asks for", () => {
  const channels = [16, 24, 40, 80, 112, 192, 320];
  assert.deepEqual(
    channels.map((count) => channelsAt(1.1, count)),
    [16, 24, 48, 88, 120, 208, 352],
  );
  // 10.8 would be rounded to 8, less than 90 % of it.
  assert.equal(channelsAt(0.45, 24), 16);
});

test("stages behind the last feature are left out, and equal networks have equal bytes", () => {
  const options = { width: 0.25, depth: 1, size: { height: 32, width: 32 }, features: [2] };
  const asked = new Set<string>();
  const bytes = () =>
    onnxOf(
      efficientNetLite(options, (name, shape) => {
        asked.add(name);
        return madeWeights(name, shape);
      }),
      {},
    );
  assert.deepEqual(bytes(), bytes());
  assert.ok(asked.has("_blocks.2._project_conv.weight"));
  assert.ok(![...asked].some((name) => name.startsWith("_blocks.3.")));
});
