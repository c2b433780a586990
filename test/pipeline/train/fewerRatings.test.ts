/** Movies reduced to some of their ratings: which movies, and how many ratings. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { fewerRatings } from "../../../pipeline/train/fewerRatings.ts";
import type { MovieFeatures } from "../../../predictor/movie.ts";
import { tiny } from "../tinyModel.ts";

const { movies } = tiny(30);
const featuresOf = ({ features }: EncodedMovie) => features as MovieFeatures;

test("each movie appears once per count below its number of ratings, with a subset of its ratings", () => {
  const found = fewerRatings(movies, createRandom(1));
  for (const [index, movie] of movies.entries()) {
    const { ratings } = movie.features;
    const counts = found
      .filter(({ of }) => of === index)
      .map((fewer) => featuresOf(fewer.movie).ratings.users.length);
    assert.deepEqual(
      counts,
      [1, 2, 5, 10, 25].filter((count) => count < ratings.users.length),
    );
    const pairs = new Set(Array.from(ratings.users, (user, i) => `${user} ${ratings.stars[i]}`));
    for (const { of, movie: reduced, weight } of found) {
      if (of !== index) continue;
      const fewer = featuresOf(reduced);
      assert.equal(fewer.title.tokens, movie.features.title.tokens);
      const users = [...fewer.ratings.users];
      assert.equal(weight, Math.min(1, (2 * users.length) / ratings.users.length));
      assert.equal(new Set(users).size, users.length, "no rating twice");
      for (const [i, user] of users.entries()) {
        assert.ok(pairs.has(`${user} ${fewer.ratings.stars[i]}`));
      }
    }
  }
  assert.ok(found.length > 0);
});

test("the draw depends on the seed", () => {
  const draw = (seed: number) =>
    fewerRatings(movies, createRandom(seed)).map(({ movie }) => [
      ...featuresOf(movie).ratings.users,
    ]);
  assert.deepEqual(draw(1), draw(1));
  assert.notDeepEqual(draw(1), draw(2));
});

test("of two inputs, each is reduced by itself, beside all ratings of the other", () => {
  const [movie] = movies.filter(({ features }) => features.ratings.users.length > 5);
  const likes = {
    users: movie!.features.ratings.users.slice(0, 3),
    stars: new Float32Array(3),
  };
  const both = {
    ...movie!,
    features: { ...movie!.features, likes },
    ratingsInputs: ["ratings", "likes"],
  };
  const counts = fewerRatings([both], createRandom(1)).map(({ movie: { features } }) =>
    ["ratings", "likes"].map((name) => (features[name] as typeof likes).users.length),
  );
  const all = movie!.features.ratings.users.length;
  assert.deepEqual(counts, [
    ...[1, 2, 5, 10, 25].filter((count) => count < all).map((count) => [count, 3]),
    ...[1, 2].map((count) => [all, count]),
  ]);
});
