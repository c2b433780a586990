/** Every layer and configuration: tfjs and onnxruntime must give the same numbers. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { ALL_CASES } from "./allCases.ts";
import { checkParity, checkWithPython, hasChecker, seedWeights } from "./parity.ts";

const models = new Map<string, Uint8Array>();

for (const [index, [name, make]] of Object.entries(ALL_CASES).entries()) {
  test(name, async () => {
    const made = make();
    seedWeights(made.model, index + 1);
    const { conversion } = await checkParity(made);
    models.set(`${index}_${name}`, conversion.onnx);
    made.model.dispose();
  });
}

test("onnx.checker accepts every graph", {
  skip: !hasChecker() && "python3-onnx is not installed",
}, () => {
  assert.ok(models.size > 0);
  checkWithPython(models);
});

after(() => tf.disposeVariables());
