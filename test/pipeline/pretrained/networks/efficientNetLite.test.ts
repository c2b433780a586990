/** EfficientNet-Lite against PyTorch's: figures of bench/encoders/figures.py. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { builder } from "../../../../pipeline/export/builder.ts";
import type { Constant } from "../../../../pipeline/export/ir.ts";
import { packWeights } from "../../../../pipeline/export/precision/q8.ts";
import {
  channelsAt,
  efficientNetLite,
  type Place,
  type WeightBits,
} from "../../../../pipeline/pretrained/networks/efficientNetLite.ts";
import { onnxOf } from "../../../../pipeline/pretrained/networks/network.ts";
import { isClose } from "./figures.ts";
import { madeImages, madeWeights } from "./madeWeights.ts";

test("a small network computes what PyTorch computes", async () => {
  const size = { height: 45, width: 34 };
  const network = efficientNetLite(
    { width: 0.25, depth: 1.2, size, features: [{ stage: 2 }, { stage: 5 }, { stage: 7 }] },
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
  const options = {
    width: 0.25,
    depth: 1,
    size: { height: 32, width: 32 },
    features: [{ stage: 2 }],
  };
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

test("features of the middle of a stage are those of a network that ends there", async () => {
  const size = { height: 32, width: 32 };
  const features = async (places: readonly Place[]) => {
    const options = { width: 0.25, depth: 1.2, size, features: places };
    const session = await InferenceSession.create(
      onnxOf(efficientNetLite(options, madeWeights), {}),
    );
    const pixels = new Tensor(madeImages(32, 32), [2, 3, 32, 32]);
    const { image_embeds } = await session.run({ pixel_values: pixels });
    return image_embeds!;
  };
  const both = await features([{ stage: 6, blocks: 2 }, { stage: 7 }]);
  const first = await features([{ stage: 6, blocks: 2 }]);
  const channels = 2 * channelsAt(0.25, 192);
  assert.deepEqual(first.dims, [2, channels]);
  assert.deepEqual(both.dims, [2, channels + 2 * channelsAt(0.25, 320)]);
  isClose((both.data as Float32Array).slice(0, channels), {
    first: [...(first.data as Float32Array).slice(0, 8)],
    sum: (first.data as Float32Array).slice(0, channels).reduce((sum, value) => sum + value, 0),
  });
  const whole = await features([{ stage: 6 }]);
  assert.notDeepEqual([...(first.data as Float32Array)], [...(whole.data as Float32Array)]);
});

test("weights on a grid stay near those that were given, and can be packed", () => {
  const options = { width: 0.25, depth: 1, size: { height: 32, width: 32 } };
  const kernels = (bits?: WeightBits) => {
    const network = efficientNetLite({ ...options, features: [{ stage: 3 }], bits }, madeWeights);
    const b = builder();
    network.write(b, network.inputs);
    const { graph } = b;
    const floats = [...graph.constants.values()].filter(({ shape }) => shape.length === 4);
    packWeights(graph, 64);
    const packed = [...graph.constants.values()].filter(({ dtype }) => dtype === "int8");
    return { floats: floats as (Constant & { data: Float32Array })[], packed: packed.length };
  };
  const given = kernels();
  assert.equal(given.packed, 0);
  for (const pointwise of [8, 6]) {
    const rounded = kernels({ pointwise, others: 8 });
    assert.ok(rounded.packed > 8, `${rounded.packed} of ${rounded.floats.length}`);
    for (const [i, { data, shape }] of rounded.floats.entries()) {
      const values = given.floats[i]!.data;
      const perChannel = data.length / shape[0]!;
      const multiples = new Set<number>();
      for (let start = 0; start < data.length; start += perChannel) {
        const channel = values.subarray(start, start + perChannel);
        const largest = channel.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
        const step = largest / (shape[2] === 1 ? 2 ** (pointwise - 1) - 1 : 127);
        for (const [k, value] of channel.entries()) {
          assert.ok(Math.abs(value - data[start + k]!) <= 0.51 * step);
          multiples.add(Math.round(data[start + k]! / step));
        }
      }
      if (shape[2] === 1) assert.ok(multiples.size < 2 ** pointwise, `${multiples.size}`);
    }
  }
});
