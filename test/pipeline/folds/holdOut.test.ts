/** Folds of the train split: each movie is held out once, test movies are in no fold. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { assignFolds, holdOut, takeShare } from "../../../pipeline/folds/holdOut.ts";
import { twoKinds } from "../sampleMovies.ts";

const invented = twoKinds(40);
const dataset = {
  ...invented,
  movies: invented.movies.map((movie, i) => ({
    ...movie,
    split: i % 5 === 4 ? ("test" as const) : ("train" as const),
  })),
};

test("every training movie is in exactly one fold, test movies are in none", async () => {
  const foldOf = await assignFolds(dataset, 4, 1);
  const sizes = [0, 0, 0, 0];
  for (const [i, fold] of foldOf.entries()) {
    assert.equal(fold === -1, dataset.movies[i]!.split === "test");
    if (fold >= 0) sizes[fold]!++;
  }
  assert.equal(
    sizes.reduce((sum, size) => sum + size, 0),
    32,
  );
  for (const size of sizes) assert.ok(size >= 7 && size <= 9, `${sizes}`);
  assert.deepEqual(await assignFolds(dataset, 4, 1), foldOf);
  assert.notDeepEqual(await assignFolds(dataset, 4, 2), foldOf);
});

test("every fold has the label shares of the whole train split", async () => {
  const foldOf = await assignFolds(dataset, 4, 1);
  for (const label of dataset.labels) {
    const counts = [0, 0, 0, 0];
    for (const [i, fold] of foldOf.entries()) {
      if (fold >= 0 && dataset.movies[i]!.labels.includes(label)) counts[fold]!++;
    }
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${label}: ${counts}`);
  }
});

test("a held-out fold becomes the test split of the remaining data set", async () => {
  const foldOf = await assignFolds(dataset, 4, 1);
  const held = holdOut(dataset, foldOf, 2);
  const inFold = dataset.movies.filter((_, i) => foldOf[i] === 2).map(({ id }) => id);
  const splitOf = new Map(held.movies.map(({ id, split }) => [id, split]));
  assert.equal(held.movies.length, 32);
  for (const [id, split] of splitOf) {
    assert.equal(split, inFold.includes(id) ? "test" : "train");
  }
  for (const { id, split } of dataset.movies) assert.equal(splitOf.has(id), split === "train");
});

test("a share has as many of the training movies, and all others; smaller shares are part of larger ones", () => {
  const idsOf = (share: number, seed = 1) =>
    takeShare(dataset, share, createRandom(seed)).movies.flatMap(({ id, split }) =>
      split === "train" ? [id] : [],
    );
  const shares = [0.01, 0.25, 0.5, 1].map((share) => idsOf(share));
  assert.deepEqual(
    shares.map(({ length }) => length),
    [1, 8, 16, 32],
  );
  for (const [i, ids] of shares.slice(1).entries()) {
    for (const id of shares[i]!) assert.ok(ids.includes(id), id);
  }
  assert.notDeepEqual(idsOf(0.5, 2), idsOf(0.5));
  const others = takeShare(dataset, 0.25, createRandom(1)).movies.filter(
    ({ split }) => split === "test",
  );
  assert.equal(others.length, 8);
});
