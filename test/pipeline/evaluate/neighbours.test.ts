/** k nearest neighbours on a few movies, against results computed by hand. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { nearestByUsers } from "../../../pipeline/evaluate/neighbours.ts";

const PRIOR = [0.5, 0.25];

test("labels of movies with the same users are weighted by similarity", () => {
  // Similarity to a query rated by 1 and 2: 2 / sqrt(2 * 2) = 1, and 1 / sqrt(2 * 2) = 0.5.
  const train = [[1, 2], Uint32Array.of(2, 3), [4]];
  const targets = Uint8Array.of(1, 0, 0, 1, 1, 1);
  const [first, second] = nearestByUsers(train, targets, [[1, 2]], PRIOR);
  assert.ok(Math.abs(first! - (1 + 0.05 * 0.5) / 1.55) < 1e-6);
  assert.ok(Math.abs(second! - (0.5 + 0.05 * 0.25) / 1.55) < 1e-6);
});

test("without ratings, or with ratings of unknown users only, the scores are the prior", () => {
  const scores = nearestByUsers([[1, 2]], Uint8Array.of(1, 0), [[], [9]], PRIOR);
  for (const [i, score] of scores.entries()) assert.ok(Math.abs(score - PRIOR[i % 2]!) < 1e-6);
});

test("only the ten nearest neighbours are used", () => {
  const twins = Array.from({ length: 10 }, () => [1, 2]);
  const far = Array.from({ length: 50 }, (_, i) => [1, 100 + i]);
  const targets = Uint8Array.from([...twins, ...far], (users) => (users[1] === 2 ? 1 : 0));
  const [score] = nearestByUsers([...twins, ...far], targets, [[1, 2]], [0]);
  assert.ok(Math.abs(score! - 10 / 10.05) < 1e-6);
});

test("many movies with equal similarities give the scores of sorting all of them", () => {
  const random = createRandom(5);
  const draw = () => [...new Set(Array.from({ length: 1 + random.int(6) }, () => random.int(12)))];
  const train = Array.from({ length: 80 }, draw);
  const queries = Array.from({ length: 30 }, draw);
  const targets = Uint8Array.from(train, () => random.int(2));
  const expected = queries.map((query) => {
    const near = train
      .map((users, movie) => {
        const common = users.filter((user) => query.includes(user)).length;
        return { movie, similarity: common / Math.sqrt(query.length * users.length) };
      })
      .filter(({ similarity }) => similarity > 0)
      .sort((a, b) => b.similarity - a.similarity || a.movie - b.movie)
      .slice(0, 10);
    const sum = (of: (movie: number) => number) =>
      near.reduce((total, { movie, similarity }) => total + similarity * of(movie), 0);
    return (sum((movie) => targets[movie]!) + 0.05 * 0.5) / (sum(() => 1) + 0.05);
  });
  const scores = nearestByUsers(train, targets, queries, [0.5]);
  for (const [i, score] of scores.entries()) assert.ok(Math.abs(score - expected[i]!) < 1e-6);
});
