/** What a report says about preprocessing and towers: facts of every declared input. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import type { FitResult } from "../../../pipeline/fit/fit.ts";
import type { FittedInputs } from "../../../pipeline/inputs/fit.ts";
import type { TextInput } from "../../../pipeline/inputs/text/fit.ts";
import { buildInferenceModel, buildTower } from "../../../pipeline/model/build.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { getWeights } from "../../../pipeline/model/weights.ts";
import { describeModel, describePreprocessing } from "../../../pipeline/report/describeRun.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { INPUT_NAMES } from "../../../predictor/movie.ts";
import { MOVIE_NOUNS } from "../../../predictor/nouns.ts";
import { tiny } from "../tinyModel.ts";

const { source, parts, config, spec } = tiny(20);
const { title, year, poster, ratings } = parts.inputs;
const describe = (inputs: FittedInputs) =>
  describePreprocessing({ inputs } as FitResult, source.posters);

/** A text with so many words. */
const textOf = (words: readonly string[], options: object = {}): TextInput => ({
  ...title,
  spec: { ...title.spec, group: undefined, vocabulary: words, maxWords: words.length },
  options: configSchema.parse({ title: options }).title,
});

test("a movie's facts have no names of inputs", () => {
  const facts = describe(parts.inputs);
  assert.deepEqual(Object.keys(facts), [
    "Words with their own id",
    "Character n-grams",
    "Token ids",
    "Words per text, pieces per word",
    "Poster size (height x width)",
    "Poster bytes, mean and std",
    "Posters decoded / cached / not decodable",
    "Users with a vector",
    "Demographic groups with a vector",
    "Size of a user vector",
  ]);
  assert.equal(facts["Words with their own id"], spec.title.vocabulary.length);
  assert.equal(facts["Users with a vector"], spec.ratings.users.length);
});

test("with several texts, each fact names its text, and those of other inputs do not", () => {
  const facts = describe({ name: textOf(["a"]), details: textOf(["b", "c"]), age: year, poster });
  const perText = Object.keys(describe({ name: textOf(["a"]) }));
  assert.ok(perText.length >= 4);
  assert.deepEqual(Object.keys(facts), [
    ...perText.map((fact) => `name: ${fact}`),
    ...perText.map((fact) => `details: ${fact}`),
    ...Object.keys(describe({ poster })),
  ]);
  assert.equal(facts["name: Words with their own id"], 1);
  assert.equal(facts["details: Words with their own id"], 2);
  // Only those of the details have word vectors.
  const words = { words: [], dimensions: 2, table: new Float32Array(6) };
  const named = describe({ name: textOf(["a"]), details: { ...textOf(["b"]), words } });
  assert.equal(named["details: Pretrained word vectors"], "3 of 2 dimensions");
  assert.equal(named["name: Pretrained word vectors"], undefined);
});

test("a model's parameters are those of its towers and the fusion, trained and fixed apart", async () => {
  await startBackend("cpu");
  const random = createRandom(1);
  const towers = INPUT_NAMES.map((name) => buildTower(name, parts, random.fork(name)));
  const weights = new Map<string, Float32Array>();
  for (const tower of towers)
    for (const [name, of] of await getWeights(tower)) weights.set(name, of);
  const gates = { kernel: new Float32Array(18), bias: new Float32Array(3) };
  const model = buildInferenceModel(
    parts,
    new Map([...weights, ...fusionWeights(parts.target.prior, gates)]),
  );
  const {
    layers,
    parts: list,
    parameters,
  } = describeModel(model, config, { inputs: parts.inputs, target: parts.target }, MOVIE_NOUNS);
  assert.deepEqual(
    list.map(({ name, inputs }) => [name, inputs]),
    [
      ["title", ["title", "year"]],
      ["poster", ["poster"]],
      ["ratings", ["ratings"]],
      ["fusion", []],
    ],
  );
  let sum = 0;
  for (const { name, trained, fixed } of list) {
    const own = layers.filter((layer) => layer.part === name);
    assert.equal(
      own.reduce((total, layer) => total + layer.parameters, 0),
      trained + fixed,
      name,
    );
    sum += trained + fixed;
  }
  assert.equal(sum, parameters);
  const trainedOf = (name: string) =>
    towers
      .find((tower) => tower.name === name)!
      .trainableWeights.reduce(
        (total, { shape }) => total + shape.reduce((a, b) => a! * b!, 1)!,
        0,
      );
  for (const name of INPUT_NAMES) {
    assert.equal(list.find((part) => part.name === name)!.trained, trainedOf(name), name);
  }
  assert.ok(list[2]!.fixed > 0, "users' vectors are fitted before");
});

test("every tower is described by its own options, and a number with the text that it is beside", async () => {
  await startBackend("cpu");
  const model = buildTower("title", parts, createRandom(1));
  const ofInputs = (inputs: FittedInputs) =>
    describeModel(model, config, { inputs, target: parts.target }, MOVIE_NOUNS).description;
  const movie = ofInputs(parts.inputs);
  assert.match(movie[0]!, /^Three separately trained towers compute logits per genre/);
  assert.match(movie[1]!, /^Title: the mean of .*, with smooth steps over the release year\.$/);
  assert.match(movie[2]!, /^Poster: a convolutional network/);
  assert.match(movie[3]!, /^Ratings: every user has a vector/);
  assert.match(movie[4]!, /^Gates: /);
  assert.equal(movie.length, 5);

  const items = ofInputs({
    name: textOf(["a"], { encoder: "gru", attention: "bahdanau" }),
    details: textOf(["b"]),
    price: { ...year, spec: { ...year.spec, group: "details" } },
    reviews: ratings,
  });
  assert.match(items[0]!, /^Three separately trained towers/);
  assert.match(items[1]!, /^Name: a GRU over its words, .* with bahdanau attention\.$/);
  assert.match(items[2]!, /^Details: one logistic regression .*, bump functions of the price\.$/);
  assert.match(items[3]!, /^Reviews: every user has a vector/);
  assert.match(ofInputs({ name: textOf(["a"]) })[0]!, /^One separately trained tower computes /);
  model.dispose();
});
