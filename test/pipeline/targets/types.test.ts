/** The table of targets: its rows keep the contract, and no stage names a type. */

import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { LinearModel } from "../../../pipeline/regression/sparseRows.ts";
import { derivativesOf } from "../../../pipeline/targets/derivatives.ts";
import { meanScore } from "../../../pipeline/targets/metric.ts";
import { joinTargets } from "../../../pipeline/targets/rows.ts";
import type { TargetValue } from "../../../pipeline/targets/targetRules.ts";
import { outputName, TARGETS } from "../../../pipeline/targets/types.ts";
import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { sparse } from "../regression/sparse.ts";

const ITEMS: Readonly<Record<string, readonly TargetValue[]>> = {
  labels: [["a", "b"], ["b"], ["a"], ["c"], ["b", "c"], ["a"]].map((labels) => ({ labels })),
  class: ["a", "b", "a", "c", "b", "a"].map((label) => ({ labels: [label] })),
  number: [3, 8, -2, 5.5, 0, 11].map((value) => ({ labels: [], value })),
};

for (const [name, rules] of Object.entries(TARGETS)) {
  const declared = { type: rules.type, column: "what" };
  const items = ITEMS[name]!;
  const outputs = rules.outputs(items, declared);
  const target = rules.fit(items, outputs, declared);
  const width = outputs.length;
  const encoded = Float32Array.from(items.flatMap((item) => [...rules.encode(item, target)]));
  const truth = joinTargets(items.map((item) => rules.truth(item, target)));
  const random = createRandom(name);
  const logits = Float32Array.from({ length: items.length * width }, () => random.normal());

  test(`${name}: derivatives of the loss match finite differences`, () => {
    const at = width;
    const row = Float64Array.from(logits.subarray(at, at + width));
    const lossAt = (z: Float64Array) => {
      const into = derivativesOf(width);
      rules.differentiate(z, encoded, at, into);
      return into.losses.reduce((sum, term) => sum + term, 0);
    };
    const slopesAt = (z: Float64Array) => {
      const into = derivativesOf(width);
      rules.differentiate(z, encoded, at, into);
      return into;
    };
    const { slopes, curvatures, coupling } = slopesAt(row);
    const step = 1e-5;
    const moved = (i: number, by: number) => row.map((z, j) => (i === j ? z + by : z));
    for (let i = 0; i < width; i++) {
      const slope = (lossAt(moved(i, step)) - lossAt(moved(i, -step))) / (2 * step);
      assert.ok(Math.abs(slope - slopes[i]!) < 1e-6, `slope ${i}: ${slopes[i]}, not ${slope}`);
      for (let j = 0; j < width; j++) {
        const expected =
          (slopesAt(moved(j, step)).slopes[i]! - slopesAt(moved(j, -step)).slopes[i]!) / (2 * step);
        const found =
          (i === j ? curvatures[i]! : 0) - (rules.coupled ? coupling[i]! * coupling[j]! : 0);
        assert.ok(Math.abs(found - expected) < 1e-6, `${i}, ${j}: ${found}, not ${expected}`);
      }
    }
  });

  test(`${name}: the metric of right answers is the best, and logits rank as it says`, () => {
    const right = meanScore(rules.metric, Float32Array.from(truth), truth, width);
    assert.equal(right, rules.metric.better === "larger" ? 1 : 0);
    const answers = rules.answers(logits, target);
    const score = meanScore(rules.metric, answers, truth, width);
    assert.ok(rules.metric.better === "larger" ? score < right : score > right);
    if (rules.ranksLogits) {
      assert.equal(meanScore(rules.metric, logits, truth, width), score);
    }
  });

  test(`${name}: a regression on a column per item finds what is true`, () => {
    const rows = sparse(items.map((_, i) => items.map((_, j) => Number(i === j))));
    const models = [
      ...rules.regress(
        rows,
        rules.type === "number" ? encoded : Uint8Array.from(encoded),
        width,
        1e3,
      ),
    ];
    assert.equal(models.length, width);
    const fitted = Float32Array.from(
      items.flatMap((_, i) => models.map(({ weights, intercept }) => weights[i]! + intercept)),
    );
    const score = meanScore(rules.metric, rules.answers(fitted, target), truth, width);
    assert.ok(Math.abs(score - (rules.metric.better === "larger" ? 1 : 0)) < 0.02, String(score));
  });

  test(`${name}: calibrated margins of such a regression find it, too, where there are any`, () => {
    if (!rules.margins) return assert.notEqual(name, "labels");
    // Every item is there for each part, so that there is something to learn from the others.
    const all = [0, 1, 2].flatMap(() => [...items.keys()]);
    const rows = sparse(all.map((i) => items.map((_, j) => Number(i === j))));
    const folds = Uint8Array.from(all, (_, row) => Math.floor(row / items.length));
    const repeated = Uint8Array.from(
      { length: 3 * encoded.length },
      (_, i) => encoded[i % encoded.length]!,
    );
    const fits = rules.margins.regress(rows, repeated, width, { c: 1e3, folds });
    const models: LinearModel[] = [];
    let fitted = fits.next();
    for (; !fitted.done; fitted = fits.next()) models.push(fitted.value);
    assert.equal(models.length, width);
    const { scale, offset } = fitted.value;
    for (const [i] of items.entries()) {
      for (const [label, { weights, intercept }] of models.entries()) {
        const logit = scale * (weights[i]! + intercept) + offset;
        assert.equal(logit > 0, encoded[i * width + label] === 1, `${i}, ${label}: ${logit}`);
      }
    }
    assert.match(rules.margins.about(MOVIE_NOUNS), /per genre/);
  });

  test(`${name}: figures are those of the columns, in order; the manifest has the outputs' names`, () => {
    const scored = { scores: rules.answers(logits, target), truth, target };
    const thresholds = rules.tune?.(
      [{ groups: ["x"], scores: scored.scores, present: items.map(() => ["x"]) }],
      truth,
      target,
    );
    const figures = rules.figures(scored, { thresholds, present: items.map(() => ["x"]) });
    assert.deepEqual(
      figures.map(({ metric }) => metric),
      rules.columns(target).flat(),
    );
    assert.ok(figures.every(({ value }) => value !== null && Number.isFinite(value)));
    assert.equal(rules.spec(target, thresholds).type, name);
    assert.ok(["probabilities", "value"].includes(outputName(target)));
    const strata = rules.strata(items, outputs);
    assert.equal(strata.length, items.length);
  });
}

test("no other file of the pipeline asks for a type of target by name", () => {
  const root = join(import.meta.dirname, "../../../pipeline");
  const files = readdirSync(root, { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.startsWith("targets"))
    // The schema of dataset.json, and what guesses one.
    .filter((file) => file !== join("dataset", "description.ts"))
    .filter((file) => !file.startsWith(join("dataset", "describe/")))
    .filter((file) => !file.startsWith(join("dataset", "layouts")));
  const asks = /target\??\.type\s*[!=]==?|type: "(labels|class)"|"probabilities"|TARGETS\./;
  const found = files.filter((file) => asks.test(readFileSync(join(root, file), "utf8")));
  // Names of the graph that inputs must not have.
  assert.deepEqual(
    found.map((file) => relative(".", file)),
    [join("dataset", "described", "declare.ts")],
  );
  assert.ok(files.length > 150, `${files.length} files were read`);
});
