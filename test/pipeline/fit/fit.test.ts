/** The fit stage: what it learns, and from which movies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import type { Dataset, LabelledMovie } from "../../../pipeline/dataset/dataset.ts";
import { fit } from "../../../pipeline/fit/fit.ts";
import { FIRST_USER_ROW, UNKNOWN_USER_ROW } from "../../../predictor/preprocess/ratings.ts";
import { datasetOf, twoKinds } from "../sampleMovies.ts";
import { memoryStore } from "../tinyModel.ts";

const config = configSchema.parse({ ratings: { dimensions: 4 }, train: { validation: 0.25 } });
const run = (dataset: Dataset) =>
  fit({
    config,
    dataset,
    posters: memoryStore(config.poster, new Map()),
    random: createRandom(1),
  });

/** Movies of two kinds; the last ten are the test split. */
function sample(
  change: (movie: LabelledMovie, i: number) => LabelledMovie = (movie) => movie,
): Dataset {
  const dataset = twoKinds(60);
  const movies = dataset.movies.map((movie, i) =>
    change({ ...movie, split: i < 50 ? "train" : "test" }, i),
  );
  return { ...dataset, movies };
}

test("the train split is divided, the test split is not, and no movie is lost", async () => {
  const { training, validation, test: testMovies } = await run(sample());
  assert.equal(training.length + validation.length, 50);
  assert.ok(validation.length >= 10 && validation.length <= 15, `${validation.length} held out`);
  assert.deepEqual(
    testMovies.map(({ source }) => source.id),
    Array.from({ length: 10 }, (_, i) => String(50 + i)),
  );
  const ids = [...training, ...validation].map(({ source }) => source.id);
  assert.equal(new Set(ids).size, 50);
});

test("words, users and shares are learned only from the training movies", async () => {
  const plain = await run(sample());
  const training = new Set(plain.training.map(({ source }) => source.id));
  // All other movies are replaced; nothing learned may depend on them.
  const changed = await run(
    sample((movie) => {
      if (training.has(movie.id)) return movie;
      const ratings = {
        users: Uint32Array.of(0, 1, 2, 3, 4, 5),
        stars: new Float32Array(6).fill(1),
      };
      return { ...movie, title: "zyx zyx (2000)", ratings };
    }),
  );
  assert.deepEqual(changed.spec, plain.spec);
  assert.deepEqual(changed.userVectors, plain.userVectors);
  assert.deepEqual(changed.prior, plain.prior);
  const share =
    plain.training.filter(({ target }) => target[0] === 1).length / plain.training.length;
  assert.ok(Math.abs(1 / (1 + Math.exp(-plain.prior[0]!)) - share) < 1e-6);
  const titles = plain.training.map(({ source }) => source.title).join(" ");
  assert.ok(plain.spec.title.vocabulary.length > 4);
  assert.ok(plain.spec.title.vocabulary.every((word) => titles.includes(word)));
});

test("users are looked up in the learned table", async () => {
  const { userVectors, spec, training, test: testMovies } = await run(sample());
  assert.deepEqual(spec.ratings.users, userVectors.users);
  for (const { source, features } of [...training, ...testMovies]) {
    const rows = [...source.ratings.users].map((user) => userVectors.rowOf[user]!);
    assert.deepEqual([...features.ratings.users], rows);
    assert.ok(rows.every((row) => row === UNKNOWN_USER_ROW || row >= FIRST_USER_ROW));
  }
});

test("stars that occur only outside the training movies are accepted", async () => {
  const dataset = sample((movie) => ({
    ...movie,
    ratings: {
      users: movie.ratings.users,
      stars: movie.ratings.stars.map(() => (movie.split === "train" ? 3 : 5)),
    },
  }));
  const { spec, test: testMovies } = await run(dataset);
  assert.deepEqual(spec.ratings.stars, { min: 3, max: 5 });
  assert.ok(testMovies.some(({ features }) => features.ratings.stars.includes(5)));
});

test("a data set without ratings has the stars of MovieLens and a table without users", async () => {
  const none = { users: new Uint32Array(0), stars: new Float32Array(0) };
  const { movies } = sample((movie) => ({ ...movie, ratings: none }));
  const { spec } = await run(datasetOf(movies, 5));
  assert.deepEqual(spec.ratings.stars, { min: 1, max: 5 });
  assert.deepEqual(spec.ratings.users, []);
});

test("labels that all movies or no movies have keep a finite prior", async () => {
  const { prior } = await run(sample((movie) => ({ ...movie, labels: ["Action"] })));
  assert.ok(prior.every(Number.isFinite));
  assert.ok(prior[0]! > 6 && prior[1]! < -6);
});

test("without validation, all of the train split is used for training", async () => {
  const dataset = sample();
  const whole = { ...config, train: { ...config.train, validation: 0 } };
  const posters = memoryStore(config.poster, new Map());
  const { training, validation } = await fit({
    config: whole,
    dataset,
    posters,
    random: createRandom(1),
  });
  assert.deepEqual([training.length, validation.length], [50, 0]);
});
