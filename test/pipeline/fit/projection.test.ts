/** Projections of word vectors: they say of titles what the regression says that they are learned from. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fitLogistic } from "../../../pipeline/fit/logistic.ts";
import { projectToLabels } from "../../../pipeline/fit/projection.ts";
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

test("where titles have labels, word vectors have a dimension for each label", () => {
  const vectors = new Map([
    ["war", Float32Array.of(1, 0)],
    ["love", Float32Array.of(0, 1)],
  ]);
  const { dimensions, table, words } = fitWordVectors(
    ["War", "Cat"],
    ["cat", "war"],
    { dimensions: 2, vectors },
    { titles: ["War", "Cat"], targets: TARGETS.slice(0, 2) },
  );
  assert.deepEqual([dimensions, table.length, words], [3, 5 * 3, ["love"]]);
  // Two ids before the words, and no vector for the cat.
  assert.deepEqual([...table.subarray(0, 9)], new Array(9).fill(0));
  const [war, love] = [table.subarray(9, 12), table.subarray(12, 15)];
  assert.ok(war[0]! > 0 && war[1]! < 0 && love[0]! < war[0]!);
});
