/** BERT against that of the transformers library: figures of bench/encoders/figures.py. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { sentenceBert } from "../../../../pipeline/pretrained/networks/bert.ts";
import { onnxOf } from "../../../../pipeline/pretrained/networks/network.ts";
import { isClose } from "./figures.ts";
import { madeWeights } from "./madeWeights.ts";

const CONFIG = {
  hidden_size: 8,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 12,
  layer_norm_eps: 1e-12,
  vocab_size: 11,
  type_vocab_size: 2,
  max_position_embeddings: 7,
};

/** Rows of ids as int64. */
function ids(rows: readonly (readonly number[])[]): Tensor {
  return new Tensor("int64", BigInt64Array.from(rows.flat(), BigInt), [
    rows.length,
    rows[0]!.length,
  ]);
}

const session = await InferenceSession.create(onnxOf(sentenceBert(CONFIG, madeWeights), {}));

const TEXTS = {
  input_ids: [
    [1, 5, 9, 2, 0],
    [1, 10, 3, 4, 2],
  ],
  attention_mask: [
    [1, 1, 1, 1, 0],
    [1, 1, 1, 1, 1],
  ],
  token_type_ids: [
    [0, 0, 0, 0, 0],
    [0, 0, 0, 1, 1],
  ],
};

test("a small network computes what the transformers library computes", async () => {
  const { input_ids, attention_mask, token_type_ids } = TEXTS;
  const { last_hidden_state, sentence_embedding } = await session.run({
    input_ids: ids(input_ids),
    attention_mask: ids(attention_mask),
    token_type_ids: ids(token_type_ids),
  });
  assert.deepEqual(last_hidden_state?.dims, [2, 5, 8]);
  const last = (last_hidden_state.data as Float32Array).slice(-8);
  isClose(last, {
    first: [-0.55756, 0.165544, -0.252754, -1.76879, 0.400251, 1.148889, 0.688677, 1.129285],
    sum: 0.9535,
  });
  assert.deepEqual(sentence_embedding?.dims, [2, 8]);
  isClose(sentence_embedding.data, {
    first: [
      0.334062, -0.028261, -0.358125, -0.434899, -0.11594, -0.109947, 0.339866, 0.655114, 0.181617,
      -0.075753, -0.352184, -0.441635, -0.04597, -0.00508, 0.429343, 0.675076,
    ],
    sum: 0.6473,
  });
});

test("padding changes nothing, and a text without tokens has a vector of zeros", async () => {
  const run = async (row: number[], mask: number[]) => {
    const { sentence_embedding } = await session.run({
      input_ids: ids([row]),
      attention_mask: ids([mask]),
      token_type_ids: ids([row.map(() => 0)]),
    });
    return [...(sentence_embedding!.data as Float32Array)];
  };
  const short = await run([1, 5, 9, 2], [1, 1, 1, 1]);
  const padded = await run([1, 5, 9, 2, 7, 7, 7], [1, 1, 1, 1, 0, 0, 0]);
  for (const [i, value] of short.entries()) assert.ok(Math.abs(value - padded[i]!) < 1e-6);
  assert.deepEqual(await run([0, 0], [0, 0]), Array(8).fill(0));
});
