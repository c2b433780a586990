/** The fit stage: what it learns, and from which movies. */

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import type { Dataset } from "../../../pipeline/dataset/dataset.ts";
import { type DeclaredInputs, textOf } from "../../../pipeline/dataset/inputs.ts";
import { fit } from "../../../pipeline/fit/fit.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { imageSpecOf } from "../../../pipeline/inputs/image/options.ts";
import type { TextInput } from "../../../pipeline/inputs/text/fit.ts";
import { type TextFeatures, wordsOf } from "../../../predictor/inputs/text.ts";
import { movieInputs } from "../../../predictor/movie.ts";
import { FIRST_USER_ROW, UNKNOWN_USER_ROW } from "../../../predictor/preprocess/ratings.ts";
import {
  datasetOf,
  type SampleDataset,
  type SampleEncodedMovie,
  type SampleMovie,
  twoKinds,
  withValues,
} from "../sampleMovies.ts";
import { memoryStore } from "../tinyModel.ts";

const config = configSchema.parse({ ratings: { dimensions: 4 }, train: { validation: 0.25 } });
const posters = memoryStore(imageSpecOf(config.poster, "poster"), new Map());

/** What is fitted to movies. */
async function run(dataset: SampleDataset) {
  const fitted = await fit({ config, dataset, posters, random: createRandom(1) });
  const { ratings } = fitted.inputs;
  assert.ok(ratings?.type === "ratings");
  return {
    ...fitted,
    spec: movieInputs(fitted.spec),
    userVectors: ratings.userVectors,
    training: fitted.training as readonly SampleEncodedMovie[],
    test: fitted.test as readonly SampleEncodedMovie[],
  };
}

/** Movies of two kinds; the last ten are the test split. */
function sample(
  change: (movie: SampleMovie, i: number) => SampleMovie = (movie) => movie,
): SampleDataset {
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

test("what the data set declares for validation is held out, and nothing else", async () => {
  const declared = sample((movie, i) => (i < 7 ? { ...movie, validation: true } : movie));
  const idsOf = (movies: readonly EncodedMovie[]) => movies.map(({ source }) => Number(source.id));
  const { training, validation } = await run(declared);
  assert.deepEqual(idsOf(validation), [0, 1, 2, 3, 4, 5, 6]);
  assert.deepEqual(
    idsOf(training),
    Array.from({ length: 43 }, (_, i) => 7 + i),
  );
  const all = { ...config, train: { ...config.train, validation: 0 } };
  const fitted = await fit({ config: all, dataset: declared, posters, random: createRandom(1) });
  assert.deepEqual([fitted.training.length, fitted.validation.length], [50, 0]);
});

test("movies of one group are all in training, or all held out", async () => {
  const { training, validation } = await run(
    sample((movie, i) => ({ ...movie, group: `g${i % 10}` })),
  );
  const groupsOf = (movies: readonly EncodedMovie[]) =>
    new Set(movies.map(({ source }) => source.group));
  const both = [...groupsOf(training)].filter((group) => groupsOf(validation).has(group));
  assert.deepEqual(both, []);
  assert.ok(validation.length >= 10 && training.length >= 30, `${validation.length} held out`);
});

test("the manifest's part of every input has the texts that mean no value", async () => {
  const dataset = sample();
  const inputs = Object.fromEntries(
    Object.entries(dataset.inputs).map(([name, input]) => [name, { ...input, missing: ["N/A"] }]),
  );
  const fitted = await run({ ...dataset, inputs } as SampleDataset);
  for (const [name, { spec }] of Object.entries(fitted.inputs)) {
    assert.deepEqual(spec.missing, ["N/A"], name);
    assert.deepEqual(fitted.spec[name as "title"]!.missing, ["N/A"], name);
  }
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
      return withValues(movie, { title: "zyx zyx (2000)", ratings });
    }),
  );
  assert.deepEqual(changed.spec, plain.spec);
  assert.deepEqual(changed.inputs, plain.inputs);
  assert.deepEqual(changed.target.prior, plain.target.prior);
  const share =
    plain.training.filter(({ target }) => target[0] === 1).length / plain.training.length;
  assert.ok(Math.abs(1 / (1 + Math.exp(-plain.target.prior[0]!)) - share) < 1e-6);
  const titles = plain.training.map(({ source }) => source.values.title).join(" ");
  assert.ok(plain.spec.title.vocabulary.length > 4);
  assert.ok(plain.spec.title.vocabulary.every((word) => titles.includes(word)));
});

test("users are looked up in the learned table", async () => {
  const { userVectors, spec, training, test: testMovies } = await run(sample());
  assert.deepEqual(spec.ratings.users, userVectors.users);
  for (const { source, features } of [...training, ...testMovies]) {
    const rows = [...source.values.ratings.users].map((user) => userVectors.rowOf[user]!);
    assert.deepEqual([...features.ratings.users], rows);
    assert.ok(rows.every((row) => row === UNKNOWN_USER_ROW || row >= FIRST_USER_ROW));
  }
});

test("stars that occur only outside the training movies are accepted", async () => {
  const dataset = sample((movie) => {
    const { users, stars } = movie.values.ratings;
    const given = stars.map(() => (movie.split === "train" ? 3 : 5));
    return withValues(movie, { ratings: { users, stars: given } });
  });
  const { spec, test: testMovies } = await run(dataset);
  assert.deepEqual(spec.ratings.stars, { min: 3, max: 5 });
  assert.ok(testMovies.some(({ features }) => features.ratings.stars.includes(5)));
});

test("a data set without ratings has the stars of MovieLens and a table without users", async () => {
  const none = { users: new Uint32Array(0), stars: new Float32Array(0) };
  const { movies } = sample((movie) => withValues(movie, { ratings: none }));
  const { spec } = await run(datasetOf(movies, 5));
  assert.deepEqual(spec.ratings.stars, { min: 1, max: 5 });
  assert.deepEqual(spec.ratings.users, []);
});

test("labels that all movies or no movies have keep a finite prior", async () => {
  const { target } = await run(sample((movie) => ({ ...movie, labels: ["Action"] })));
  const { prior } = target;
  assert.ok(prior.every(Number.isFinite));
  assert.ok(prior[0]! > 6 && prior[1]! < -6);
});

test("without validation, all of the train split is used for training", async () => {
  const dataset = sample();
  const whole = { ...config, train: { ...config.train, validation: 0 } };
  const { training, validation } = await fit({
    config: whole,
    dataset,
    posters,
    random: createRandom(1),
  });
  assert.deepEqual([training.length, validation.length], [50, 0]);
});

/** A name and its details, and neither an image nor ratings. */
const TEXTS: DeclaredInputs = {
  name: { type: "text", form: "title", maxCharacters: 40 },
  details: { type: "text", form: "plain", maxCharacters: 90 },
};
const DETAILS = ["the blade of steel (1999)", "steel, made of steel", "a pan of steel (1999)"];

function products(details: readonly (string | undefined)[] = DETAILS): Dataset {
  const { movies, ...rest } = twoKinds(30);
  const labelled = movies.map((movie, i) => {
    const text = details[i % details.length];
    const name = i % 2 === 0 ? "Shovel, The (1999)" : "The Pan";
    return { ...movie, values: text === undefined ? { name } : { name, details: text } };
  });
  return { ...rest, inputs: TEXTS, users: {}, movies: labelled };
}

const text = (options: object) => configSchema.parse({ title: options }).title;
const ofProducts = {
  name: text({ maxWords: 3, piecesPerWord: 4, buckets: 7, minTitles: 1 }),
  details: text({ maxWords: 9, piecesPerWord: 1, buckets: 0, minTitles: 12 }),
};

async function runTexts(dataset: Dataset, sections: object = ofProducts) {
  const options = { config: { ...config, ...sections }, dataset, posters };
  const fitted = await fit({ ...options, random: createRandom(1) });
  const { name, details } = fitted.inputs as Record<string, TextInput>;
  return { ...fitted, name: name!, details: details! };
}

test("each of two texts has its own options, form and vocabulary", async () => {
  const fitted = await runTexts(products());
  const { name, details, training } = fitted;
  assert.deepEqual(Object.keys(fitted.inputs), ["name", "details"]);
  assert.deepEqual(fitted.spec, { name: name.spec, details: details.spec });
  assert.deepEqual([name.options, details.options], [ofProducts.name, ofProducts.details]);
  assert.deepEqual(
    { ...name.spec, vocabulary: [] },
    {
      type: "text",
      form: "title",
      maxCharacters: 40,
      maxWords: 3,
      piecesPerWord: 4,
      vocabulary: [],
      vectorWords: [],
      ngrams: { min: 3, max: 5, buckets: 7 },
    },
  );
  // A title has no year in brackets; other texts keep it. Other words are in too few details.
  assert.deepEqual(name.spec.vocabulary.toSorted(), ["pan", "shovel", "the"]);
  assert.deepEqual(details.spec.vocabulary, ["of", "steel", "1999"]);
  assert.deepEqual([details.spec.form, details.spec.maxCharacters], ["plain", 90]);
  assert.deepEqual([details.spec.maxWords, details.spec.ngrams.buckets], [9, 0]);

  // Two ids before the words, and one weight after those of the tokens.
  assert.deepEqual(
    [name.termWeights.length, details.termWeights.length],
    [2 + 3 + 7 + 1, 2 + 3 + 1],
  );
  const weight = (occurrences: number) =>
    Math.fround(Math.log((1 + training.length) / (1 + occurrences)) + 1);
  const shovels = training.filter(({ source }) => Number(source.id) % 2 === 0).length;
  // A word counts three times beside n-grams.
  const ofName = (word: string) => name.termWeights[2 + name.spec.vocabulary.indexOf(word)]! / 3;
  assert.ok(Math.abs(ofName("shovel") - weight(shovels)) < 1e-6);
  assert.ok(Math.abs(ofName("the") - weight(training.length)) < 1e-6);
  assert.equal(details.termWeights[2], weight(training.length));
});

test("items of two texts are encoded without image and ratings, and may lack a text", async () => {
  const { training, details } = await runTexts(products([...DETAILS, undefined]));
  for (const movie of training) {
    assert.deepEqual(Object.keys(movie.features), ["name", "details"]);
    const { images, ratingsInputs, source } = movie;
    assert.deepEqual([images, ratingsInputs], [{}, []]);
    const { words } = movie.features.details as TextFeatures;
    assert.deepEqual(words, wordsOf(textOf(source, "details"), details.spec));
  }
  assert.ok(training.some(({ features }) => (features.details as TextFeatures).words.length === 0));
});

test("an input without a section of options, or with a bad file of word vectors, is named", async () => {
  const { name, details } = ofProducts;
  await assert.rejects(runTexts(products(), { name }), /no options of the input "details"/);
  const embeddings = join(import.meta.dirname, "nowhere.txt");
  for (const [sections, field] of [
    [{ name: { ...name, embeddings }, details }, "name.embeddings"],
    [{ name, details: { ...details, embeddings } }, "details.embeddings"],
  ] as const) {
    await assert.rejects(runTexts(products(), sections), { name: "InputError", field });
  }
});
