/** Models that tfjs cannot load as they are: rewritten for it, its outputs are those of Keras; or it is no judge. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { convert } from "../../../../pipeline/export/convert.ts";
import { readTopology } from "../../../../pipeline/export/topology.ts";
import { asKeras2, notComparable } from "../../../../pipeline/export/verify/keras2.ts";
import { NotCompared } from "../../../../pipeline/export/verify/notCompared.ts";
import { openOriginal } from "../../../../pipeline/export/verify/tfjs.ts";
import { KERAS3, readKeras2, readKeras3 } from "../keras3.ts";

const REWRITTEN = [
  "cnn_h5",
  "cnn_keras",
  "steps_h5",
  "steps_keras",
  "convlstm_h5",
  "nested_keras",
  "nested_calls_keras",
];

const files = [
  ...REWRITTEN.map((name) => ({ name, ...readKeras3(name) })),
  // x / 127.5 - 1 and the like as functions of TensorFlow
  { name: "rescaled", ...readKeras2("rescaled") },
  { name: "separable", ...readKeras2("separable") },
];

for (const { name, artifacts, fixture } of files) {
  test(`${name}: tfjs computes what Keras did`, async () => {
    const { inputs } = convert(artifacts);
    const run = await openOriginal(artifacts);
    const feeds = fixture.inputs.map((feed, i) => ({ ...feed, info: inputs[i] as never }));
    const outputs = await run(feeds);
    for (const [i, want] of fixture.outputs.entries()) {
      const got = outputs[i];
      assert.deepEqual(got?.shape, want.shape);
      for (const [k, value] of want.data.entries())
        assert.ok(Math.abs(Number(got?.data[k]) - value) <= 1e-5, `${got?.data[k]} for ${value}`);
    }
  });
}

test("every other fixture has layers of which tfjs is no judge, and is not compared", async () => {
  const others = KERAS3.filter((name) => !/^(cnn|steps|convlstm|nested)_/.test(name));
  assert.ok(others.length > 10);
  for (const name of others) {
    const { artifacts } = readKeras3(name);
    assert.ok(notComparable(readTopology(artifacts.modelTopology)).length > 0, name);
    await assert.rejects(openOriginal(artifacts), NotCompared, name);
  }
});

test("the reasons name the layers, grouped by what tfjs lacks", async () => {
  await assert.rejects(
    openOriginal(readKeras3("textseq_h5").artifacts),
    /it passes masks on by the order of execution: embedding \(Embedding\); it has Keras 2's hard_sigmoid: lstm \(LSTM\); it has no reset_after: bidirectional\/forward_gru \(GRU\)/,
  );
});

test("layers inside models get names of their own", () => {
  const { artifacts } = readKeras3("cnn_h5");
  const { layers } = asKeras2(readTopology(artifacts.modelTopology));
  assert.equal(layers.get("block.conv2d")?.path, "block/conv2d");
  assert.equal(layers.get("classes")?.path, "classes");
});
