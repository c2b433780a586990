/** The options of a data set: those of its inputs, each in a section of its name. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { createOptions } from "../../../node/options/options.ts";
import { parseConfig, programFor } from "../../../pipeline/config/options.ts";
import { configSchema, createConfigSchema } from "../../../pipeline/config/schema.ts";
import { MOVIE_INPUTS } from "../../../pipeline/dataset/inputs.ts";
import { optionsOf } from "../../../pipeline/inputs/options.ts";
import { startOf } from "../../builtProgram.ts";
import { folder } from "../dataset/folder.ts";

const INPUTS = {
  name: { type: "text", form: "plain" },
  fullTitle: { type: "text", form: "title" },
  year: { type: "number", group: "name" },
  picture: { type: "image" },
  reviews: { type: "ratings" },
} as const;
const { read, parse } = createOptions(programFor(INPUTS));
const DEFAULTS = configSchema.parse({});

test("every input but a number beside a text has a section, by its type and form", () => {
  const config = read([]) as object;
  assert.deepEqual(
    Object.keys(config).filter((key) => key in INPUTS),
    ["name", "fullTitle", "picture", "reviews"],
  );
  for (const movies of ["title", "poster", "ratings"]) assert.ok(!(movies in config), movies);
  assert.deepEqual(optionsOf(config, "fullTitle", "text"), DEFAULTS.title);
  assert.deepEqual(optionsOf(config, "picture", "image"), DEFAULTS.poster);
  assert.deepEqual(optionsOf(config, "reviews", "ratings"), DEFAULTS.ratings);
  const { piecesPerWord, buckets } = optionsOf(config, "name", "text");
  assert.deepEqual([piecesPerWord, buckets], [1, 0], "no n-grams");
  assert.throws(() => optionsOf(config, "poster", "image"), /internal: no options of .*"poster"/);
});

test("numbers and categories share the section of their group, alone they have their own", () => {
  const price = { type: "number", group: "facts" } as const;
  const brand = { type: "category", group: "facts" } as const;
  const config = createConfigSchema({ price, brand, colour: { type: "category" } }).parse({
    facts: { units: 7 },
  });
  assert.equal(optionsOf(config, "facts", "table").units, 7);
  assert.equal(optionsOf(config, "colour", "table").units, 64);
  assert.ok(!("price" in config) && !("brand" in config));
});

test("texts of a group share the section of its name", () => {
  const article = { type: "text", form: "plain", group: "article" } as const;
  const options = createOptions(programFor({ title: article, body: article }));
  const config = options.read(["--article-max-words", "40"]);
  assert.equal(optionsOf(config, "article", "text").maxWords, 40);
  assert.ok(!("title" in config) && !("body" in config));
  assert.throws(
    () => options.read(["--article-ngram-min", "7"]),
    /article\.ngramMin .*article\.ngramMax, got 7 and 5/,
  );
});

test("flags and config files have the inputs' names", async (t) => {
  const file = join(await folder(t, { "a.json": '{ "picture": { "height": 32 } }' }), "a.json");
  const flags = ["--name-max-words", "7", "--full-title-epochs=3", "--no-picture-flip"];
  const config = read(["--config", file, ...flags, "--train-patience", "4"]);
  assert.equal(optionsOf(config, "name", "text").maxWords, 7);
  assert.equal(optionsOf(config, "fullTitle", "text").epochs, 3);
  const { flip, height } = optionsOf(config, "picture", "image");
  assert.deepEqual([flip, height], [false, 32]);
  assert.equal(config.train.patience, 4);
});

test("options of other inputs are unknown, with the nearest of the data set's own", () => {
  const mistakes: [argv: string[], message: RegExp][] = [
    [
      ["--title-max-words", "3"],
      /unknown option '--title-max-words'; did you mean --name-max-words\?$/,
    ],
    [["--poster-epochs", "3"], /unknown option '--poster-epochs'; did you mean .*--picture-epochs/],
    [
      ["--full-title-words", "3"],
      /did you mean --full-title-max-words or --full-title-embeddings-words\?$/,
    ],
    [["--full-title-epoch", "3"], /did you mean --full-title-epochs\?$/],
    [["--fullTitle-epochs", "3"], /did you mean --full-title-epochs\?$/],
    [["--full-title-width", "3"], /did you mean --picture-width\?$/],
    [["--nam-max-words", "3"], /did you mean --name-max-words\?$/],
    [["--year-max-words", "3"], /unknown option '--year-max-words'/],
    [["--name-ngram-min", "7"], /^options: name\.ngramMin .*name\.ngramMax, got 7 and 5/],
    [["--full-title-bidirectional"], /fullTitle\.bidirectional needs .* fullTitle\.encoder to rnn/],
  ];
  for (const [argv, message] of mistakes) {
    assert.throws(
      () => read(argv),
      (error: Error) => {
        assert.equal(error.name, "OptionsError");
        assert.match(error.message, message);
        return true;
      },
    );
  }
  assert.throws(
    () => parse({ poster: { epochs: 3 }, name: { maxWord: 3 } }, "run.json"),
    /run\.json: "name\.maxWord" is not an option; did you mean "name\.maxWords"\?/,
  );
});

test("rules on several options hold for every data set", () => {
  assert.throws(() => read(["--publish", "folds"]), /needs a cross-validation; set --folds/);
  assert.throws(() => read(["--learning-curve", "0.5"]), /needs --folds/);
  assert.deepEqual(
    read(["--folds", "2", "--learning-curve", "0.25,0.5"]).learningCurve,
    [0.25, 0.5],
  );
  for (const share of ["0", "1.5", "half"]) {
    assert.throws(
      () => read(["--folds", "2", "--learning-curve", share]),
      /learning-?curve/i,
      share,
    );
  }
  assert.throws(() => read(["--overwrite"]), /needs --out/);
  assert.throws(() => read(["--train-validation", "0"]), /must be above 0 without folds/);
});

test("for movies, the options and their defaults are what they always were", async () => {
  assert.deepEqual(createConfigSchema(MOVIE_INPUTS).parse({}), DEFAULTS);
  const old = JSON.parse(await readFile("models/ml1m.json", "utf8")) as object;
  const movies = createOptions(programFor(MOVIE_INPUTS));
  assert.deepEqual(movies.parse(old, "ml1m.json"), parseConfig(old, "ml1m.json"));
  assert.equal(movies.parse(old, "ml1m.json").ratings.units, 512);
});

test("--help of a data set lists the options of its inputs alone", async (t) => {
  const dir = await folder(t, {
    "dataset.json": JSON.stringify({
      name: "shop",
      items: "items.csv",
      inputs: { name: { type: "text" }, year: { type: "number", from: "name", pattern: "(.)" } },
      target: { type: "labels", column: "tags" },
    }),
  });
  const help = async (...argv: string[]) =>
    (
      await promisify(execFile)(process.execPath, [
        ...[...startOf("pipeline/main.ts"), ...argv, "--help"],
      ])
    ).stdout;
  const shop = await help("--data", dir);
  assert.match(shop, /^ {2}--name-max-words <integer> .*\(default: 300\)$/m);
  assert.match(shop, /^ {2}--train-patience /m);
  assert.doesNotMatch(shop, /--(poster|title|ratings|year)-/);
});
