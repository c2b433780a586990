/** Which weight is a layer's, where several names could mean it. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { artifactsOf, compare, feed, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;

test("a layer in a model keeps its weight where one outside has the plain name", async () => {
  const x = tfl.input({ shape: [3], name: "x" });
  const inner = tfl.sequential({
    layers: [L.dense({ units: 3, inputShape: [3], name: "dense" })],
    name: "inner",
  });
  const model = tfl.model({
    inputs: x,
    outputs: on(x, inner, L.dense({ units: 3, name: "dense" })),
  });
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  // as Keras 3 names them
  const weightSpecs = artifacts.weightSpecs.map((spec, i) =>
    i < 2 ? { ...spec, name: `inner/${spec.name}` } : spec,
  );
  assert.deepEqual(
    weightSpecs.map(({ name }) => name),
    ["inner/dense/kernel", "inner/dense/bias", "dense/kernel", "dense/bias"],
  );
  const conversion = convert({ ...artifacts, weightSpecs });
  await compare(model, conversion, [feed([2, 3])], 1e-5);
});

test("a name that could mean two weights means none", async () => {
  const dense = L.dense({ units: 3, inputShape: [3], name: "dense", useBias: false });
  const artifacts = await artifactsOf(tfl.sequential({ layers: [dense] }));
  const [kernel] = artifacts.weightSpecs;
  const weightData = Float32Array.from({ length: 18 }, (_, i) => i);
  const weightSpecs = ["a", "b"].map((part) => ({ ...kernel!, name: `dense/${part}/kernel` }));
  assert.throws(
    () => convert({ ...artifacts, weightSpecs, weightData }),
    /weight "dense\/kernel" is not in the weights file/,
  );
});
