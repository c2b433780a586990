/** The fit stage as a whole: what it learns, and from which movies. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { configSchema } from "../../../pipeline/config/schema.ts";
import type { Dataset, Example } from "../../../pipeline/dataset/dataset.ts";
import { fit } from "../../../pipeline/fit/fit.ts";
import { createRandom } from "../../../pipeline/random.ts";
import { FIRST_RATER_ROW, UNKNOWN_RATER_ROW } from "../../../predictor/preprocess/ratings.ts";
import { datasetOf, twoKinds } from "../sampleExamples.ts";
import { memoryStore } from "../tinyModel.ts";

const config = configSchema.parse({ ratings: { dimensions: 4 }, train: { validation: 0.25 } });
const run = (dataset: Dataset) =>
  fit(config, dataset, memoryStore(config.poster, new Map()), createRandom(1));

/** Movies of two kinds; the last ten are the test split. */
function sample(change: (example: Example, i: number) => Example = (example) => example): Dataset {
  const dataset = twoKinds(60);
  const examples = dataset.examples.map((example, i) =>
    change({ ...example, split: i < 50 ? "train" : "test" }, i),
  );
  return { ...dataset, examples };
}

test("the train split is divided, the test split stays together, nothing is lost", async () => {
  const { training, validation, test: held } = await run(sample());
  assert.equal(training.length + validation.length, 50);
  assert.ok(validation.length >= 10 && validation.length <= 15, `${validation.length} held out`);
  assert.deepEqual(
    held.map(({ example }) => example.id),
    Array.from({ length: 10 }, (_, i) => String(50 + i)),
  );
  const ids = [...training, ...validation].map(({ example }) => example.id);
  assert.equal(new Set(ids).size, 50);
});

test("words, raters and shares are learned from the training movies alone", async () => {
  const plain = await run(sample());
  const kept = new Set(plain.training.map(({ example }) => example.id));
  // Other movies change beyond recognition; nothing that is learned may notice.
  const changed = await run(
    sample((example) => {
      if (kept.has(example.id)) return example;
      const ratings = {
        users: Uint32Array.of(0, 1, 2, 3, 4, 5),
        stars: new Float32Array(6).fill(1),
      };
      return { ...example, title: "zyx zyx (2000)", ratings };
    }),
  );
  assert.deepEqual(changed.spec, plain.spec);
  assert.deepEqual(changed.raters, plain.raters);
  assert.deepEqual(changed.prior, plain.prior);
  const share =
    plain.training.filter(({ target }) => target[0] === 1).length / plain.training.length;
  assert.ok(Math.abs(1 / (1 + Math.exp(-plain.prior[0]!)) - share) < 1e-6);
  const titles = plain.training.map(({ example }) => example.title).join(" ");
  assert.ok(plain.spec.title.vocabulary.length > 4);
  assert.ok(plain.spec.title.vocabulary.every((word) => titles.includes(word)));
});

test("raters are looked up in the table that was learned", async () => {
  const { raters, spec, training, test: held } = await run(sample());
  assert.deepEqual(spec.ratings.users, raters.users);
  for (const { example, features } of [...training, ...held]) {
    const rows = [...example.ratings.users].map((user) => raters.rowOf[user]!);
    assert.deepEqual([...features.ratingUsers], rows);
    assert.ok(rows.every((row) => row === UNKNOWN_RATER_ROW || row >= FIRST_RATER_ROW));
  }
});

test("stars that only movies beside the training part have are accepted", async () => {
  const dataset = sample((example) => ({
    ...example,
    ratings: {
      users: example.ratings.users,
      stars: example.ratings.stars.map(() => (example.split === "train" ? 3 : 5)),
    },
  }));
  const { spec, test: held } = await run(dataset);
  assert.deepEqual(spec.ratings.stars, { min: 3, max: 5 });
  assert.ok(held.some(({ features }) => features.ratingStars.includes(5)));
});

test("a data set without any rating has MovieLens' stars and a table without raters", async () => {
  const none = { users: new Uint32Array(0), stars: new Float32Array(0) };
  const { examples } = sample((example) => ({ ...example, ratings: none }));
  const { spec } = await run(datasetOf(examples, 5));
  assert.deepEqual(spec.ratings.stars, { min: 1, max: 5 });
  assert.deepEqual(spec.ratings.users, []);
});

test("labels that all movies or none have keep a share beside 0 and 1", async () => {
  const { prior } = await run(sample((example) => ({ ...example, labels: ["Action"] })));
  assert.ok(prior.every(Number.isFinite));
  assert.ok(prior[0]! > 6 && prior[1]! < -6);
});

test("without validation all of the train split is trained on", async () => {
  const dataset = sample();
  const whole = configSchema.parse({ ...config, train: { ...config.train, validation: 0 } });
  const posters = memoryStore(config.poster, new Map());
  const { training, validation } = await fit(whole, dataset, posters, createRandom(1));
  assert.deepEqual([training.length, validation.length], [50, 0]);
});
