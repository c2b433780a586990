/** User vectors: their values, their pooling, and that they depend only on the given movies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix, SingularValueDecomposition } from "ml-matrix";
import { createRandom } from "../../../pipeline/common/random.ts";
import { DAMPING } from "../../../pipeline/fit/pooling.ts";
import { fitUserVectors, type UserVectors } from "../../../pipeline/fit/userVectors.ts";
import { InputError } from "../../../predictor/errors.ts";
import {
  countGroups,
  FIRST_USER_ROW,
  UNKNOWN_USER_ROW,
} from "../../../predictor/preprocess/ratings.ts";
import { datasetOf, ratedMovie, type SampleMovie, twoKinds } from "../sampleMovies.ts";

const {
  movies: EXAMPLES,
  users: { ratings: USERS },
} = twoKinds(60);
/** Their ratings. */
const RATED = EXAMPLES.map(({ values }) => values);

const fit = (movies: readonly SampleMovie[], dimensions = 4, seed = 1, bits = 8) =>
  fitUserVectors(
    movies.map(({ values }) => values),
    USERS,
    { dimensions, bits },
    createRandom(seed),
    "reviews",
  );

const rowOfTable = (
  { table, dimensions }: Pick<UserVectors, "table" | "dimensions">,
  row: number,
) => [...table.subarray(row * dimensions, (row + 1) * dimensions)];

test("the vectors are the centred right singular vectors of the normalised matrix, weighted by activity", () => {
  const { table, dimensions } = fit(EXAMPLES);
  const rated = RATED.filter(({ ratings }) => ratings.users.length >= 5);
  assert.ok(rated.length > 30);
  const degree = USERS.map(
    (_, user) => RATED.filter(({ ratings }) => ratings.users.includes(user)).length,
  );
  const dense = new Matrix(
    rated.map(({ ratings }) =>
      USERS.map((_, user) =>
        ratings.users.includes(user) ? degree[user]! ** -0.25 / Math.sqrt(ratings.users.length) : 0,
      ),
    ),
  );
  const v = new SingularValueDecomposition(dense, { autoTranspose: true }).rightSingularVectors;
  // The first two, which separate the kinds of movies; signs are arbitrary.
  for (const k of [0, 1]) {
    const weighed = USERS.map(
      (_, u) => v.get(u, k) * degree[u]! ** -0.25 * Math.sqrt(USERS.length),
    );
    const mean = weighed.reduce((sum, value) => sum + value, 0) / weighed.length;
    const expected = weighed.map((value) => value - mean);
    const actual = USERS.map((_, u) => table[(FIRST_USER_ROW + u) * dimensions + k]!);
    const sign = Math.sign(expected[0]! * actual[0]!);
    for (const [u, value] of expected.entries()) {
      // Half a step of the row's 8-bit grid.
      const row = rowOfTable({ table, dimensions }, FIRST_USER_ROW + u);
      const step = Math.max(...row.map(Math.abs)) / 254;
      const error = Math.abs(actual[u]! * sign - value);
      assert.ok(error < 1e-3 + step, `user ${u}: ${actual[u]}, ${value}`);
    }
  }
});

test("rows 0 and 1 are zeros, the mean of the known users is 0, and rows follow the users' order", () => {
  const found = fit(EXAMPLES);
  assert.deepEqual(
    found.users,
    USERS.map(({ id }) => id),
  );
  assert.deepEqual(
    [...found.rowOf],
    USERS.map((_, i) => FIRST_USER_ROW + i),
  );
  assert.equal(found.table.length, (USERS.length + FIRST_USER_ROW + countGroups(found.groups)) * 4);
  assert.deepEqual(rowOfTable(found, 0), [0, 0, 0, 0]);
  const rows = USERS.map((_, i) => rowOfTable(found, FIRST_USER_ROW + i));
  assert.deepEqual(rowOfTable(found, UNKNOWN_USER_ROW), [0, 0, 0, 0]);
  for (let k = 0; k < 4; k++) {
    const mean = rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length;
    assert.ok(Math.abs(mean) < 5e-3, `${mean}, up to the 8-bit grid`);
  }
});

test("users who rated only other movies are unknown", () => {
  const few = [ratedMovie("a", [1, 3, 5, 7, 9]), ratedMovie("b", [3, 5, 9, 11, 13])];
  const found = fit(few, 2);
  assert.deepEqual(found.users, ["u1", "u3", "u5", "u7", "u9", "u11", "u13"]);
  assert.equal(found.rowOf[3], FIRST_USER_ROW + 1);
  assert.equal(found.rowOf[0], UNKNOWN_USER_ROW);
  assert.equal(found.rowOf[39], UNKNOWN_USER_ROW);
  assert.ok(found.table.every(Number.isFinite));
});

test("moments are over the pooled vectors of movies with ratings; stars are those in the data", () => {
  const found = fit(EXAMPLES);
  const pooled = RATED.filter(({ ratings }) => ratings.users.length > 0).map(({ ratings }) => {
    const sum = new Array<number>(4).fill(0);
    for (const user of ratings.users) {
      for (const [k, value] of rowOfTable(found, FIRST_USER_ROW + user).entries()) sum[k]! += value;
    }
    return sum.map((value) => value / (Math.sqrt(ratings.users.length) + DAMPING));
  });
  assert.ok(pooled.length < EXAMPLES.length);
  for (let k = 0; k < 4; k++) {
    const mean = pooled.reduce((sum, vector) => sum + vector[k]!, 0) / pooled.length;
    const square = pooled.reduce((sum, vector) => sum + (vector[k]! - mean) ** 2, 0);
    assert.ok(Math.abs(found.mean[k]! - mean) < 1e-5);
    assert.ok(Math.abs(found.std[k]! - Math.sqrt(square / pooled.length)) < 1e-5);
  }
  const stars = RATED.flatMap(({ ratings }) => [...ratings.stars]);
  assert.deepEqual([found.stars.min, found.stars.max], [1, 5]);
  const mean = stars.reduce((sum, value) => sum + value, 0) / stars.length;
  assert.ok(Math.abs(found.stars.mean - mean) < 1e-9);
});

test("if the data has fewer directions than requested, the rest are zeros and not scaled", () => {
  const found = fit([ratedMovie("a", [0, 1, 2, 3, 4]), ratedMovie("b", [3, 4, 5, 6, 7])], 5);
  for (let row = 0; row < found.users.length + FIRST_USER_ROW; row++) {
    assert.deepEqual(rowOfTable(found, row).slice(2), [0, 0, 0]);
  }
  assert.ok(rowOfTable(found, FIRST_USER_ROW).some((value) => value !== 0));
  assert.deepEqual([...found.mean.slice(2)], [0, 0, 0]);
  assert.deepEqual([...found.std.slice(2)], [1, 1, 1]);
});

test("if all movies have few ratings, they are used nevertheless", () => {
  const found = fit([ratedMovie("a", [0, 1]), ratedMovie("b", [2])], 2);
  assert.deepEqual(found.users, ["u0", "u1", "u2"]);
  assert.ok(rowOfTable(found, FIRST_USER_ROW).some((value) => value !== 0));
});

test("numbers of fewer bits are near those of 8, and there are fewer of them", () => {
  const [fine, coarse] = [fit(EXAMPLES, 4, 1, 8), fit(EXAMPLES, 4, 1, 5)];
  for (let row = 0; row < fine.table.length / 4; row++) {
    const [a, b] = [rowOfTable(fine, row), rowOfTable(coarse, row)];
    const step = Math.max(...b.map(Math.abs)) / 15;
    for (const [k, value] of b.entries()) {
      assert.ok(Math.abs(value - a[k]!) <= 0.6 * step);
      const multiple = step === 0 ? 0 : value / step;
      assert.ok(Math.abs(multiple - Math.round(multiple)) < 1e-5, `${multiple}`);
    }
  }
});

test("without ratings, the table has only the fixed rows, and stars are those of MovieLens", () => {
  for (const movies of [[], [ratedMovie("a", [])]]) {
    const found = fitUserVectors(
      movies.map(({ values }) => values),
      datasetOf(movies, 3).users.ratings,
      { dimensions: 4, bits: 8 },
      createRandom(1),
      "reviews",
    );
    assert.deepEqual(found.users, []);
    assert.deepEqual([...found.table], new Array((FIRST_USER_ROW + 1) * 4).fill(0));
    assert.deepEqual([...found.rowOf], new Array(3).fill(UNKNOWN_USER_ROW));
    assert.deepEqual(found.stars, { min: 1, max: 5, mean: 3 });
    assert.deepEqual([...found.mean, ...found.std], [0, 0, 0, 0, 1, 1, 1, 1]);
  }
});

test("the same stream gives the same bits", () => {
  assert.deepEqual(fit(EXAMPLES), fit(EXAMPLES));
  assert.notDeepEqual(fit(EXAMPLES, 4, 2).table, fit(EXAMPLES, 4, 1).table);
});

test("a table beyond what an ONNX file holds is refused before it is computed", () => {
  const dimensions = 1_000_000_000;
  assert.throws(
    () => fit(EXAMPLES, dimensions),
    (error) => {
      assert.ok(error instanceof InputError);
      assert.equal(error.field, "reviews.dimensions");
      const [, most] = /at most (\d+)/.exec(error.message)!;
      assert.ok(Number(most) * USERS.length * 4 <= 2e9);
      return true;
    },
  );
});
