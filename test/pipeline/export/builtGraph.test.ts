/** Names of outputs: different, and those that users know. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import { outputNames } from "../../../pipeline/export/builtGraph.ts";
import { convert } from "../../../pipeline/export/convert.ts";
import type { ConversionIssue } from "../../../pipeline/export/errors.ts";
import { artifactsOf, compare, feed, seedWeights } from "./parity.ts";
import { on, outputsOf } from "./symbolic.ts";

const L = tfl.layers;

/** The names, and what is wrong with the requested ones. */
function named(inputs: string[], outputs: string[], wanted?: string[]) {
  const issues: ConversionIssue[] = [];
  const options = wanted ? { outputNames: wanted } : {};
  const names = outputNames({ inputs, outputs }, options, issues);
  return { names, issues: issues.map(({ message }) => message) };
}

test("an output keeps its own name; repeats get one that is nobody's", () => {
  const of = (...outputs: string[]) => named(["x"], outputs).names.join(" ");
  assert.equal(of("a", "b"), "a b");
  assert.equal(of("a", "a", "a"), "a a_1 a_2");
  assert.equal(of("a", "a", "a_1", "a_2"), "a a_3 a_1 a_2");
  assert.equal(of("x", "x_1", "x"), "x_2 x_1 x_3");
});

test("requested names are taken as they are, or refused", () => {
  assert.deepEqual(named(["x"], ["a", "a"], ["p", "a_1"]), { names: ["p", "a_1"], issues: [] });
  assert.match(named(["x"], ["a"], ["x"]).issues.join(), /"x" is the name of an input/);
  assert.match(named(["x"], ["a", "b"], ["p", "p"]).issues.join(), /2 different names are needed/);
});

test("a layer whose name is that of a state keeps it", async () => {
  const x = tfl.input({ shape: [3, 2], name: "x" });
  const lstm = L.lstm({
    ...{ units: 2, returnState: true, recurrentInitializer: "glorotUniform", name: "a" },
  });
  const outputs = outputsOf(x, lstm);
  const last = on(outputs[1]!, L.dense({ units: 1, name: "a_1" }));
  const model = tfl.model({ inputs: x, outputs: [...outputs, last] });
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  const conversion = convert(artifacts);
  const names = conversion.outputs.map(({ name }) => name);
  assert.deepEqual(names, ["a", "a_2", "a_3", "a_1"]);
  await compare(model, conversion, [feed([2, 3, 2])], 1e-5);
  assert.throws(() => convert(artifacts, { outputNames: ["p", "q", "r", "x"] }), /of an input/);
});
