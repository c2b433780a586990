/** Projections of word vectors: they reproduce the regression that they are learned from. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { projectToLabels, toPrincipalAxes } from "../../../pipeline/fit/projection.ts";
import { fitWordVectors } from "../../../pipeline/fit/wordVectors.ts";
import { fitLogistic } from "../../../pipeline/regression/logistic.ts";

/** Vectors of "war", "love" and "ship", and the mean of the first two; the last of three dimensions is not used. */
// biome-ignore format: a matrix reads best as rows
const TABLE = Float32Array.of(
  1, 0, 0,
  0, 1, 0,
  0.2, 0.3, 0,
  0.5, 0.5, 0,
);
const TITLES = [[0], [1], [0, 2], [1, 2], [0, 0, 1], []];
const TARGETS = [
  [1, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [0, 1, 0],
  [1, 0, 0],
  [0, 0, 0],
].map((row) => Uint8Array.from(row));

const ofLabels = (targets: readonly Uint8Array[]) => ({
  target: { type: "labels" as const },
  targets,
});

test("a label's dimension is high for its words, low for others, and 0 for a label without titles", () => {
  const projected = projectToLabels(TABLE, 3, TITLES, ofLabels(TARGETS));
  assert.equal(projected.length, 4 * 3);
  const [war, love] = [projected.subarray(0, 3), projected.subarray(3, 6)];
  assert.ok(war[0]! > 0 && love[0]! < war[0]!);
  assert.ok(love[1]! > 0 && war[1]! < love[1]!);
  for (let row = 0; row < 4; row++) assert.equal(projected[row * 3 + 2], 0);
});

test("a title's mean projection is its logit in the regression, up to a constant", () => {
  const projected = projectToLabels(TABLE, 3, TITLES, ofLabels(TARGETS));
  const mean = (rows: readonly number[], value: (row: number) => number) =>
    rows.reduce((sum, row) => sum + value(row), 0) / Math.max(1, rows.length);
  const means = TITLES.map((rows) => [0, 1].map((k) => mean(rows, (row) => TABLE[row * 3 + k]!)));
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

test("more labels than dimensions give as many columns as dimensions, with the same lengths and angles", () => {
  const random = createRandom("projection");
  const [D, rows, labels] = [3, 12, 40];
  const table = Float32Array.from({ length: rows * D }, () => random.normal());
  const titles = Array.from({ length: 60 }, () => [random.int(rows), random.int(rows)]);
  const targets = titles.map(() => Uint8Array.from({ length: labels }, () => random.int(2)));
  const projected = projectToLabels(table, D, titles, ofLabels(targets));
  assert.equal(projected.length, rows * D);
  // A label at a time, as there are no more labels than dimensions.
  const one = Array.from({ length: labels }, (_, label) =>
    projectToLabels(
      table,
      D,
      titles,
      ofLabels(targets.map((row) => row.subarray(label, label + 1))),
    ),
  );
  for (let a = 0; a < rows; a++) {
    for (let b = 0; b <= a; b++) {
      const expected = one.reduce((sum, values) => sum + values[a]! * values[b]!, 0);
      const found = [0, 1, 2].reduce(
        (sum, k) => sum + projected[a * D + k]! * projected[b * D + k]!,
        0,
      );
      assert.ok(Math.abs(found - expected) < 1e-5, `rows ${a} and ${b}: ${found}, ${expected}`);
    }
  }
});

test("principal axes have descending variances, are uncorrelated and preserve lengths", () => {
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

test("with labels, informative words are kept and the table has few dimensions", () => {
  const vectors = new Map([
    ["war", Float32Array.of(1, 0)],
    ["and", Float32Array.of(0.01, 0.01)],
    ["love", Float32Array.of(0, 1)],
    ["or", Float32Array.of(0.02, 0.01)],
    ["hate", Float32Array.of(1, -1)],
  ]);
  const texts = [["war"], ["cat"], ["love"], ["love", "and", "war"]];
  const targets = [
    [1, 0, 0],
    [0, 0, 0],
    [0, 1, 0],
    [1, 1, 0],
  ].map((row) => Uint8Array.from(row));
  const fit = (others: number, dimensions: number) =>
    fitWordVectors(
      texts,
      ["cat", "war"],
      { dimensions: 2, vectors },
      { texts, ...ofLabels(targets), dimensions, others },
    );
  // Words in titles are always kept, in the file's order.
  assert.deepEqual(fit(0, 2).words, ["and", "love"]);
  assert.deepEqual(fit(1, 2).words, ["and", "love", "hate"]);
  assert.deepEqual(fit(2, 2).words, ["and", "love", "or", "hate"]);
  const { dimensions, table } = fit(1, 9);
  assert.deepEqual([dimensions, table.length], [2, (2 + 2 + 3) * 2]);
  // Two ids before the words, and no vector for "cat".
  assert.deepEqual([...table.subarray(0, 6)], new Array(6).fill(0));
  assert.equal(fit(1, 1).table.length, 2 + 2 + 3);
});
