/** Reading, strata, losses and figures of numbers. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as tf from "@tensorflow/tfjs-core";
import { toNumber } from "../../../../pipeline/dataset/tables/values.ts";
import {
  type NumberDetail,
  numberEvaluation,
} from "../../../../pipeline/targets/number/evaluation.ts";
import { numberRules } from "../../../../pipeline/targets/number/number.ts";
import { joinTargets } from "../../../../pipeline/targets/rows.ts";
import { startBackend } from "../../../../pipeline/train/backend.ts";

before(async () => {
  await startBackend("cpu");
});

const DECLARED = { type: "number" as const, column: "price" };
const cell = (text: string) => ({
  text: () => text,
  number: () => toNumber(text),
  list: () => [],
  lostDigits: () => undefined,
});
const items = (...values: number[]) => values.map((value) => ({ labels: [], value }));
const close = (found: number | null | undefined, expected: number, what = "") =>
  assert.ok(Math.abs(found! - expected) < 1e-6, `${what}: ${found}, expected ${expected}`);

test("a cell is one finite number, nothing, or a sentence", () => {
  assert.deepEqual(numberRules.read(cell("-2.5e1"), DECLARED), { labels: [], value: -25 });
  assert.equal(numberRules.read(cell(""), DECLARED), undefined);
  for (const wrong of ["12 EUR", "1,5", "NaN", "Infinity", "0x10"]) {
    const said = numberRules.read(cell(wrong), DECLARED);
    assert.match(String(said), /in "price", the target, is not a number; use a decimal point/);
    assert.ok(String(said).includes(wrong));
  }
});

test("a number beyond float32 is told from a word", () => {
  for (const large of ["5e38", "-1e999"]) {
    const said = numberRules.read(cell(large), DECLARED);
    assert.match(String(said), /in "price", the target, is too large: models compute in float32/);
  }
  assert.equal(
    numberRules.read(cell("1,234.5"), DECLARED),
    '"1,234.5" in "price", the target, is not a number; write it without commas between thousands, as 1234.5.',
  );
  assert.match(String(numberRules.read(cell("1,234"), DECLARED)), /as 1234, or say "decimal": ","/);
  const comma = numberRules.read(cell("5,0e38"), { ...DECLARED, decimal: "," });
  assert.match(String(comma), /is too large/);
});

test("a constant is refused", () => {
  assert.throws(
    () => numberRules.outputs(items(5, 5, 5), DECLARED),
    /target\.column: all items have 5 in "price", so there is nothing to learn/,
  );
  assert.deepEqual(numberRules.outputs(items(5, 6), DECLARED), ["price"]);
});

test("strata are tenths of the values; equal values share one", () => {
  const strata = numberRules.strata(items(...Array.from({ length: 40 }, (_, i) => 40 - i)), []);
  const counts = new Map<number, number>();
  for (const [stratum] of strata) counts.set(stratum!, (counts.get(stratum!) ?? 0) + 1);
  assert.deepEqual([...counts.values()], new Array(10).fill(4));
  assert.equal(strata[0]![0], 9, "the largest value is in the last tenth");
  const equal = numberRules.strata(items(1, 1, 1, 1, 1, 7), []);
  assert.equal(new Set(equal.slice(0, 5).flat()).size, 1);
});

test("towers learn deviations, and answers are values again", () => {
  const target = numberRules.fit(items(2, 4, 6), ["price"], DECLARED);
  assert.deepEqual({ ...target.range, std: 0 }, { mean: 4, std: 0, min: 2, max: 6 });
  close(target.range!.std, Math.sqrt(8 / 3));
  const encoded = numberRules.encode({ labels: [], value: 6 }, target);
  close(encoded[0], 2 / Math.sqrt(8 / 3));
  close(numberRules.answers(Float32Array.from(encoded), target)[0], 6);
  assert.deepEqual(numberRules.spec(target, undefined), {
    type: "number",
    name: "price",
    min: 2,
    max: 6,
  });
});

test("truth keeps the digits of the data, and a 0 is one whatever the mean is", () => {
  const values = [1764374400, 1764374401, 0, -0.1, 0.5];
  const target = numberRules.fit(items(...values), ["time"], { ...DECLARED, bins: true });
  const truth = joinTargets(items(...values).map((item) => numberRules.truth(item, target)));
  assert.deepEqual(truth, Float64Array.from(values));
  const figures = numberEvaluation.figures(
    { scores: Float32Array.from([1, 1, 1, -1, 1]), truth, target },
    undefined,
  );
  const signs = figures.find(({ metric }) => metric === "sign accuracy");
  assert.equal(signs?.value, 1, "the sign of 0 is not scored");
});

test("the Huber loss is squared up to one standard deviation, and absolute beyond", () => {
  const losses = tf.tidy(() => {
    const options = { loss: "", focusPositive: 0, focusNegative: 0, margin: 0, labelSmoothing: 0 };
    const loss = numberRules.losses.huber!.create(options, tf.tensor2d([[0]]));
    return [
      ...loss(tf.tensor2d([[0], [1], [0]]), tf.tensor2d([[0.5], [-2], [1]])).dataSync<"float32">(),
    ];
  });
  for (const [i, expected] of [0.125, 2.5, 0.5].entries()) close(losses[i], expected, `${i}`);
});

// Ranks: 1.5, 1.5, 3, 4 and 1, 3, 2, 4.
const TRUTH = Float64Array.of(-2, -2, 0, 3);
const SCORES = Float32Array.of(-3, 0.4, 0.2, 2.6);
const scored = (bins?: boolean) => ({
  scores: SCORES,
  truth: TRUTH,
  target: { ...DECLARED, outputs: ["price"], prior: new Float32Array(1), bins },
});
const figureOf = (name: string, bins?: boolean) =>
  numberEvaluation.figures(scored(bins), undefined).find(({ metric }) => metric === name)?.value;

test("RMSE, R² and Spearman", () => {
  const squares = 1 + 2.4 ** 2 + 0.2 ** 2 + 0.4 ** 2;
  close(figureOf("RMSE"), Math.sqrt(squares / 4), "RMSE");
  const mean = -1 / 4;
  const total = 2 * (-2 - mean) ** 2 + mean ** 2 + (3 - mean) ** 2;
  close(figureOf("R²"), 1 - squares / total, "R²");
  // Pearson's correlation of the ranks.
  const [a, b] = [
    [1.5, 1.5, 3, 4],
    [1, 3, 2, 4],
  ] as const;
  const sum = (pick: (i: number) => number) => [0, 1, 2, 3].reduce((s, i) => s + pick(i), 0);
  const both = sum((i) => (a[i]! - 2.5) * (b[i]! - 2.5));
  const own = (ranks: readonly number[]) => sum((i) => (ranks[i]! - 2.5) ** 2);
  close(figureOf("Spearman"), both / Math.sqrt(own(a) * own(b)), "Spearman");
});

test("with bins, also the sign of values other than 0, and the nearest whole number within the range", () => {
  assert.equal(figureOf("sign accuracy"), undefined);
  close(figureOf("sign accuracy", true), 2 / 3);
  // -3 becomes -2, the least; 0.2 and 2.6 are right; 0.4 is not -2.
  close(figureOf("rounded accuracy", true), 3 / 4);
  assert.deepEqual(numberEvaluation.columns(scored(true).target).flat(), [
    "RMSE",
    "R²",
    "Spearman",
    "sign accuracy",
    "rounded accuracy",
  ]);
});

test("the detail has points and errors by tenths", () => {
  const detail = numberEvaluation.detail(scored(), {
    thresholds: undefined,
    present: [],
  }) as NumberDetail;
  assert.equal(detail.points.length, 4);
  const { bins } = detail;
  assert.equal(
    bins.reduce((sum, bin) => sum + bin.items, 0),
    4,
  );
  close(bins.at(-1)!.bias, -0.4);
});
