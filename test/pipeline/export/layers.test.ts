/** Every layer and configuration: tfjs and onnxruntime must give the same numbers. */
import assert from "node:assert/strict";
import { after, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { without } from "../../needs/needs.ts";
import { ALL_CASES } from "./allCases.ts";
import { MASKED } from "./casesMasked.ts";
import { RECURRENT } from "./casesRecurrent.ts";
import { checkParity, checkWithPython, seedWeights } from "./parity.ts";

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

/** Recurrent operators whose steps a Scan computes faster for large batches. */
const slow = (ops: Record<string, number>) => Object.keys(ops).filter((op) => SLOW.has(op));
const SLOW = new Set(["RNN", "GRU", "LSTM"]);

for (const [index, [name, make]] of Object.entries({ ...RECURRENT, ...MASKED }).entries()) {
  test(`${name}, for throughput`, async () => {
    const made = make();
    seedWeights(made.model, index + 1);
    const options = { ...made.options, for: "throughput" } as const;
    const { conversion } = await checkParity({ ...made, options });
    // these gates have vector code in the operators, with the default activation tanh
    if (!/recurrent (sigmoid|relu|tanh)$/.test(name)) assert.deepEqual(slow(conversion.ops), []);
    models.set(`throughput_${index}_${name}`, conversion.onnx);
    made.model.dispose();
  });
}

test("onnx.checker accepts every graph", {
  skip: without("onnxChecker"),
}, () => {
  assert.ok(models.size > 0);
  checkWithPython(models);
});

after(() => tf.disposeVariables());
