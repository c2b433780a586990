/**
 * The encoders that `npm run pretrained` has built, where it has been run: figures of bench/encoders/figures.py, which has the
 * same weights in PyTorch.
 */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { PRETRAINED, without } from "../../needs/needs.ts";
import { isClose } from "./networks/figures.ts";
import { madeImages } from "./networks/madeWeights.ts";

const open = (name: string) =>
  InferenceSession.create(join(PRETRAINED, name, "onnx", "model.onnx"), { intraOpNumThreads: 1 });

test("EfficientNet-Lite2 with its weights", { skip: without("efficientnet") }, async (t) => {
  const source = await readFile(join(PRETRAINED, "efficientnet-lite2", "source.json"), "utf8");
  const { settings } = JSON.parse(source) as { settings: unknown };
  const expected = { height: 224, width: 157, weights: "float32", stages: ["4", "5", "6"] };
  if (JSON.stringify(settings) !== JSON.stringify(expected))
    return t.skip("it was built with other options than the figures were made with, see needs.ts");
  const session = await open("efficientnet-lite2");
  const pixel_values = new Tensor(madeImages(224, 157), [2, 3, 224, 157]);
  const { image_embeds } = await session.run({ pixel_values });
  assert.deepEqual(image_embeds?.dims, [2, 832]);
  isClose(image_embeds.data, {
    first: [-5.095311, 13.347551, -10.479215, -3.337228, 15.813801, 0.584365, -2.333697, 13.06286],
    sum: 5825.5977,
  });
});

test("MiniLM with its weights", { skip: without("minilm") }, async () => {
  const session = await open("minilm-l6");
  // "the movie is great", "a comedy of errors and doubt"
  const ids = [
    101, 1996, 3185, 2003, 2307, 102, 0, 0, 101, 1037, 4038, 1997, 10697, 1998, 4797, 102,
  ];
  const int64 = (values: number[]) =>
    new Tensor("int64", BigInt64Array.from(values, BigInt), [2, 8]);
  const { sentence_embedding } = await session.run({
    input_ids: int64(ids),
    attention_mask: int64(ids.map((id) => (id > 0 ? 1 : 0))),
    token_type_ids: int64(ids.map(() => 0)),
  });
  assert.deepEqual(sentence_embedding?.dims, [2, 384]);
  const values = [...(sentence_embedding.data as Float32Array)];
  isClose(values, {
    first: [-0.109028, 0.032406, -0.030904, -0.023079, -0.045394, 0.020858, 0.01765, 0.024096],
    sum: 0.9538,
  });
  isClose(values.slice(384), {
    first: [-0.050482, 0.006333, -0.015612, 0.039662, -0.02369, -0.005023, 0.128433, 0.013393],
    sum: 0.0114,
  });
});
