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

test("every training movie is in exactly one fold, test movies are in none", () => {
  const foldOf = assignFolds(dataset, 4, 1);
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
  assert.deepEqual(assignFolds(dataset, 4, 1), foldOf);
  assert.notDeepEqual(assignFolds(dataset, 4, 2), foldOf);
});

test("every fold has the label shares of the whole train split", () => {
  const foldOf = assignFolds(dataset, 4, 1);
  for (const label of dataset.labels) {
    const counts = [0, 0, 0, 0];
    for (const [i, fold] of foldOf.entries()) {
      if (fold >= 0 && dataset.movies[i]!.labels.includes(label)) counts[fold]!++;
    }
    assert.ok(Math.max(...counts) - Math.min(...counts) <= 1, `${label}: ${counts}`);
  }
});

/** Groups of five; the last ten movies are on their own. */
const grouped = {
  ...invented,
  movies: invented.movies.map((movie, i) => (i < 30 ? { ...movie, group: `g${i % 6}` } : movie)),
};

test("movies of one group share a fold", () => {
  for (const seed of [1, 2, 3]) {
    const foldOf = assignFolds(grouped, 4, seed);
    for (let group = 0; group < 6; group++) {
      const own = foldOf.filter((_, i) => i < 30 && i % 6 === group);
      assert.deepEqual([own.length, new Set(own).size], [5, 1], `group ${group}, seed ${seed}`);
    }
  }
});

test("a share has whole groups, until it is reached", () => {
  const taken = [0.05, 0.3, 0.6].map(
    (share) => new Set(takeShare(grouped, share, createRandom(4)).movies.map(({ id }) => id)),
  );
  for (const [i, least] of [2, 12, 24].entries()) {
    const ids = taken[i]!;
    assert.ok(ids.size >= least && ids.size < least + 5, `${ids.size} of ${least}`);
    for (let group = 0; group < 6; group++) {
      const own = grouped.movies.filter((movie) => movie.group === `g${group}`);
      assert.ok([0, 5].includes(own.filter(({ id }) => ids.has(id)).length), `group ${group}`);
    }
    for (const id of taken[i - 1] ?? []) assert.ok(ids.has(id), "smaller shares are part of it");
  }
});

test("a held-out fold becomes the test split of the remaining data set", () => {
  const foldOf = assignFolds(dataset, 4, 1);
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
