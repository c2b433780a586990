/** Weights in the forms that TensorFlow.js stores. */

import assert from "node:assert/strict";
import { test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { ConvertError } from "../../../pipeline/export/errors.ts";
import { halfToFloat, readWeights } from "../../../pipeline/export/weights.ts";
import { artifactsOf, checkParity, feed, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const L = tfl.layers;

test("every half is the same number in single precision", () => {
  const codes = Uint16Array.from({ length: 65536 }, (_, code) => code);
  const spec = {
    name: "w",
    shape: [65536],
    dtype: "float32",
    quantization: { dtype: "float16" },
  };
  const weight = readWeights([spec], codes, { finite: false }).get("w")!;
  assert.deepEqual(weight.data, Float32Array.from(codes, halfToFloat));
  // by value, apart from the function above: 1, -2, the largest, the smallest, and minus zero
  const known = [0x3c00, 0xc000, 0x7bff, 0x0001, 0x8000].map((code) => weight.data[code]);
  assert.deepEqual(known, [1, -2, 65504, 2 ** -24, -0]);
});

test("layers of one name in two models are refused where their weights differ", async () => {
  const x = tfl.input({ shape: [4], name: "x" });
  const tower = () => {
    const y = tfl.input({ shape: [4] });
    return tfl.model({ inputs: y, outputs: on(y, L.dense({ units: 3, name: "projection" })) });
  };
  const towers = [on(x, tower()), on(x, tower())];
  const model = tfl.model({ inputs: x, outputs: on(towers, L.average()) });
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  assert.throws(
    () => convert(artifacts),
    (error: unknown) => {
      assert.ok(error instanceof ConvertError);
      assert.deepEqual(
        error.issues.map(({ path }) => path),
        ["projection/kernel", "projection/bias"],
      );
      assert.match(error.message, /layers of one name in different models.*names of their own/);
      return true;
    },
  );
});

test("a layer that two models share is saved with both, and converted", async () => {
  const shared = L.dense({ units: 3, name: "shared" });
  const inner = () => {
    const y = tfl.input({ shape: [3] });
    return tfl.model({ inputs: y, outputs: on(y, shared, L.reLU()) });
  };
  const x = tfl.input({ shape: [3], name: "x" });
  const model = tfl.model({ inputs: x, outputs: on(x, inner(), inner()) });
  seedWeights(model, 1);
  const names = (await artifactsOf(model)).weightSpecs.map(({ name }) => name);
  assert.equal(names.filter((name) => name === "shared/kernel").length, 2);
  await checkParity({ model, feeds: [feed([2, 3])] });
});
