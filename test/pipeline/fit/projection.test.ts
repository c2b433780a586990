/** Projections of word vectors: they say of titles what the regression says that they are learned from. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitLogistic } from "../../../pipeline/fit/logistic.ts";
import { projectToLabels, toPrincipalAxes } from "../../../pipeline/fit/projection.ts";
import { fitWordVectors } from "../../../pipeline/fit/wordVectors.ts";

/** War, love, ship, and a word with the mean of the first two. */
const TABLE = Float32Array.of(1, 0, 0, 1, 0.2, 0.3, 0.5, 0.5);
const TITLES = [[0], [1], [0, 2], [1, 2], [0, 0, 1], []];
const TARGETS = [
  [1, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [0, 0, 0],
].map((row) => Uint8Array.from(row));

test("a label's dimension is high for its words, low for others, and nothing for a label never given", () => {
  const projected = projectToLabels(TABLE, 2, TITLES, TARGETS);
  assert.equal(projected.length, 4 * 3);
  const [war, love] = [projected.subarray(0, 3), projected.subarray(3, 6)];
  assert.ok(war[0]! > 0 && love[0]! < war[0]!);
  assert.ok(love[1]! > 0 && war[1]! < love[1]!);
  for (let row = 0; row < 4; row++) assert.equal(projected[row * 3 + 2], 0);
});

test("a title's mean projection is its logit in the regression on standardised means, up to a constant", () => {
  const projected = projectToLabels(TABLE, 2, TITLES, TARGETS);
  const mean = (rows: readonly number[], value: (row: number) => number) =>
    rows.reduce((sum, row) => sum + value(row), 0) / Math.max(1, rows.length);
  const means = TITLES.map((rows) => [0, 1].map((k) => mean(rows, (row) => TABLE[row * 2 + k]!)));
  const standard = means.map((row) =>
    row.map((value, k) => {
      const column = means.map((other) => other[k]!);
      const centre = column.reduce((a, b) => a + b) / column.length;
      const variance = column.reduce((a, b) => a + (b - centre) ** 2, 0) / column.length;
      return (0.1 * (value - centre)) / Math.sqrt(variance);
    }),
  );
  const { weights } = fitLogistic(
    {
      columns: 2,
      offsets: Uint32Array.from({ length: 7 }, (_, i) => 2 * i),
      indices: Uint32Array.from({ length: 12 }, (_, i) => i % 2),
      values: Float64Array.from(standard.flat()),
    },
    Uint8Array.from(TARGETS, (row) => row[0]!),
    0.3,
  );
  const logit = standard.map((row) => row[0]! * weights[0]! + row[1]! * weights[1]!);
  const found = TITLES.map((rows) => mean(rows, (row) => projected[row * 3]!));
  for (let i = 1; i < TITLES.length; i++) {
    const expected = logit[i]! - logit[0]!;
    assert.ok(Math.abs(found[i]! - found[0]! - expected) < 1e-6, `title ${i}`);
  }
  assert.ok(Math.abs(logit[1]! - logit[0]!) > 0.01);
});

test("principal axes: the first has the largest variance, none says what another says, nothing is lost", () => {
  const random = createRandom(1);
  const rows = Array.from({ length: 200 }, () => {
    const [a, b] = [random.normal(), random.normal()];
    return [2 * a + 1, 2 * a + 0.1 * b, -b];
  });
  const table = Float32Array.from(rows.flat());
  const all = toPrincipalAxes(table, 3, 3);
  const column = (values: Float32Array, width: number, k: number) =>
    values.filter((_, i) => i % width === k);
  const covariance = (x: Float32Array, y: Float32Array) => {
    const [mx, my] = [x, y].map((v) => v.reduce((p, q) => p + q) / v.length) as [number, number];
    return x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0) / x.length;
  };
  const [first, second, third] = [0, 1, 2].map((k) => column(all, 3, k)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const variances = [first, second, third].map((axis) => covariance(axis, axis));
  assert.ok(variances[0]! > variances[1]! && variances[1]! > variances[2]!);
  for (const [x, y] of [
    [first, second],
    [first, third],
    [second, third],
  ] as const) {
    assert.ok(Math.abs(covariance(x, y)) < 1e-5);
  }
  const lengths = (values: Float32Array) =>
    rows.map((_, i) => Math.hypot(...values.subarray(i * 3, i * 3 + 3)));
  for (const [i, length] of lengths(table).entries()) {
    assert.ok(Math.abs(lengths(all)[i]! - length) < 1e-5);
  }
  const two = toPrincipalAxes(table, 3, 2);
  assert.deepEqual(column(two, 2, 1), second);
});

test("with labels, words are kept that say much of them, and the table has few dimensions", () => {
  const vectors = new Map([
    ["war", Float32Array.of(1, 0)],
    ["and", Float32Array.of(0.01, 0.01)],
    ["love", Float32Array.of(0, 1)],
    ["or", Float32Array.of(0.02, 0.01)],
    ["hate", Float32Array.of(1, -1)],
  ]);
  const titles = ["War", "Cat", "Love", "Love and War"];
  const targets = [
    [1, 0, 0],
    [0, 0, 0],
    [0, 1, 0],
    [1, 1, 0],
  ].map((row) => Uint8Array.from(row));
  const fit = (others: number, dimensions: number) =>
    fitWordVectors(
      titles,
      ["cat", "war"],
      { dimensions: 2, vectors },
      { titles, targets, dimensions, others },
    );
  // Those of the titles are kept in any case, in the file's order.
  assert.deepEqual(fit(0, 2).words, ["and", "love"]);
  assert.deepEqual(fit(1, 2).words, ["and", "love", "hate"]);
  assert.deepEqual(fit(2, 2).words, ["and", "love", "or", "hate"]);
  const { dimensions, table } = fit(1, 9);
  assert.deepEqual([dimensions, table.length], [3, (2 + 2 + 3) * 3]);
  // Two ids before the words, and no vector for the cat.
  assert.deepEqual([...table.subarray(0, 9)], new Array(9).fill(0));
  assert.equal(fit(1, 1).table.length, 2 + 2 + 3);
});
