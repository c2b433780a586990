/** Batches by number of movies and of ratings. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { batchesBySize, MAX_BATCH_RATINGS } from "../../../predictor/preprocess/batches.ts";

const movie = (ratings: number) => ({ users: new Int32Array(ratings) });
const cut = (counts: readonly number[], maxMovies?: number) =>
  batchesBySize(counts.map(movie), ({ users }) => users.length, maxMovies).map((batch) =>
    batch.map(({ users }) => users.length),
  );

test("batches end at the number of movies, or where padding would exceed the ratings", () => {
  assert.deepEqual(cut([]), []);
  assert.deepEqual(cut([0, 1, 2, 3, 4], 2), [[0, 1], [2, 3], [4]]);
  assert.deepEqual(cut([0, 1, 2]), [[0, 1, 2]]);
  const half = MAX_BATCH_RATINGS / 2;
  assert.deepEqual(cut([1, 2, half]), [[1, 2], [half]]);
  assert.deepEqual(cut([half, half, 1]), [[half, half], [1]]);
  // One that is too large by itself is a batch all the same.
  const huge = MAX_BATCH_RATINGS + 1;
  assert.deepEqual(cut([3, huge, huge, 3]), [[3], [huge], [huge], [3]]);
});
