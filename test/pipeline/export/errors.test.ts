/** What users read of many issues: one line per cause. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as tfl from "@tensorflow/tfjs-layers";
import { convert } from "../../../pipeline/export/convert.ts";
import { ConvertError, groupIssues } from "../../../pipeline/export/errors.ts";
import { artifactsOf, seedWeights } from "./parity.ts";
import { on } from "./symbolic.ts";

const at = (path: string, message: string) => ({ path, message });

test("200 layers that miss their weights are one line, with a count and the first paths", async () => {
  const x = tfl.input({ shape: [2], name: "x" });
  const branches = Array.from({ length: 200 }, (_, i) =>
    on(
      x,
      i % 2 ? tfl.layers.dense({ units: 2, name: `d${i}` }) : tfl.layers.prelu({ name: `p${i}` }),
    ),
  );
  const model = tfl.model({ inputs: x, outputs: branches });
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  const weightSpecs = artifacts.weightSpecs.map((s) => ({ ...s, name: `${s.name}_lost` }));
  assert.throws(
    () => convert({ ...artifacts, weightSpecs }),
    (error: unknown) => {
      assert.ok(error instanceof ConvertError);
      assert.equal(error.issues.length, 200, "the list of issues is complete");
      assert.equal(
        error.message,
        'Cannot convert the model, 200 issues of one kind:\n  - p0: (PReLU) weight "p0/alpha" is not in the weights ' +
          "file; the same at d1, p2, d3 and 196 more.",
      );
      return true;
    },
  );
});

test("issues that differ in more than their place stay apart, in the order in which they came", () => {
  const groups = groupIssues([
    at("a", '(Dense) weight "a/kernel" has shape [4,3], expected [?,4]'),
    at("b", '(Conv2D) "padding" is "causal"'),
    at("c", '(Dense) weight "c/kernel" has shape [1,2,?], expected [2]'),
    at("d", '(Conv2D) "padding" is "full"'),
    at("e", '(Conv1D) "padding" is "causal"'),
    at("f", '(Sense) unknown layer class "Sense"'),
    at("g", '(Tense) unknown layer class "Tense"'),
  ]);
  assert.deepEqual(
    groups.map(({ paths }) => paths.join("")),
    ["ac", "be", "d", "f", "g"],
  );
});

test("one issue, and several of several kinds, read as before", () => {
  assert.equal(
    new ConvertError([at("a", "is odd")]).message,
    "Cannot convert the model: a: is odd.",
  );
  assert.equal(
    new ConvertError([at("a", "is odd"), at("", "the file is short"), at("b", "is even")]).message,
    "Cannot convert the model, 3 issues:\n  - a: is odd.\n  - the file is short.\n  - b: is even.",
  );
});
