/** Flags and config files -> configuration, and error messages about mistakes in them. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { promisify } from "node:util";
import * as z from "zod";
import { parseConfig, readConfig } from "../../../pipeline/config/options.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { startOf } from "../../builtProgram.ts";
import { folder } from "../dataset/folder.ts";

const DEFAULTS = configSchema.parse({});

/** `--config FILE` for a file with this content. */
async function configFlags(t: TestContext, content: unknown): Promise<string[]> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  return ["--config", join(await folder(t, { "run.json": text }), "run.json")];
}

test("no arguments give the defaults", () => {
  assert.deepEqual(readConfig([]), DEFAULTS);
});

test("flags of every kind", () => {
  const config = readConfig([
    ...["--data", "my data", "--seed", "-3", "--backend", "cpu", "--strict"],
    ...["--title-max-words", "7", "--poster-learning-rate=1e-3", "--poster-channels", "8,16,32"],
    ...["--no-poster-recolour", "--train-averaging", "0"],
  ]);
  assert.deepEqual(config, {
    ...DEFAULTS,
    data: "my data",
    seed: -3,
    backend: "cpu",
    strict: true,
    title: { ...DEFAULTS.title, maxWords: 7 },
    poster: { ...DEFAULTS.poster, learningRate: 1e-3, channels: [8, 16, 32], recolour: false },
    train: { ...DEFAULTS.train, averaging: 0 },
  });
});

test("flags take precedence over the config file", async (t) => {
  const file = await configFlags(t, {
    seed: 7,
    strict: true,
    title: { epochs: 3, dropout: 0.1 },
    poster: { recolour: false, channels: [4] },
  });
  const fromFile = readConfig(file);
  assert.deepEqual(fromFile.title, { ...DEFAULTS.title, epochs: 3, dropout: 0.1 });
  assert.deepEqual([fromFile.seed, fromFile.strict], [7, true]);
  assert.deepEqual([fromFile.poster.recolour, fromFile.poster.channels], [false, [4]]);

  const both = readConfig([
    ...file,
    ...["--title-epochs", "9", "--seed", "42", "--poster-channels", "5,6"],
    ...["--no-strict", "--poster-recolour"],
  ]);
  assert.deepEqual(both.title, { ...DEFAULTS.title, epochs: 9, dropout: 0.1 });
  // 42 is the default, but it was given explicitly.
  assert.equal(both.seed, 42);
  assert.deepEqual(
    [both.strict, both.poster.recolour, both.poster.channels],
    [false, true, [5, 6]],
  );
});

const flagMistakes: [argv: string[], message: RegExp][] = [
  [["--title-epoch", "3"], /unknown option '--title-epoch'; did you mean --title-epochs\?$/],
  [["--epochs", "3"], /did you mean --title-epochs, --poster-epochs or --ratings-epochs\?$/],
  [["--patience=3"], /'--patience=3'; did you mean --train-patience\?$/],
  [["--poster-recolou"], /did you mean --poster-recolour\?$/],
  [["--no-poster-recolor"], /did you mean --no-poster-recolour\?$/],
  [["--confg", "x"], /did you mean --config\?$/],
  [["--title-epochs", "many"], /--title-epochs <integer>.*'many' is invalid\. It must be a number/],
  [["--title-epochs", ""], /--title-epochs.*must be a number/],
  [["--title-epochs"], /--title-epochs <integer>' argument missing/],
  [["stray"], /too many arguments/],
  [
    ["--title-epochs", "0"],
    /^options: title\.epochs: too small, expected a number >0 \(given: 0\)$/,
  ],
  [["--title-epochs", "2.5"], /^options: title\.epochs: expected int, .*\(given: 2\.5\)$/],
  [["--overwrite"], /^options: overwrite needs --out/],
  [["--train-validation", "0"], /^options: train\.validation must be above 0 without folds/],
  [
    ["--train-validation", "1.5"],
    /^options: train\.validation: too big, expected a number <1 \(given: 1\.5\)$/,
  ],
  [["--title-ngram-min", "7"], /^options: title\.ngramMin .*title\.ngramMax, got 7 and 5/],
  [["--title-ngram-max", "2"], /^options: title\.ngramMin .*title\.ngramMax, got 3 and 2$/],
  [
    ["--backend", "gpu"],
    /^options: backend: expected one of .*"wasm"\|"cpu" \(given: "gpu"\); did you mean "tensorflow-gpu" or "cpu"\?$/,
  ],
  [["--backend", "wams"], /^options: backend: .* \(given: "wams"\); did you mean "wasm"\?$/],
  [["--backend", "pytorch"], /^options: backend: .* \(given: "pytorch"\)$/],
  [["--precisions", "fp32,fp166"], /\(given: "fp166"\); did you mean "fp16"\?$/],
  [["--poster-channels", "8,x"], /--poster-channels <integer,\.\.\.>.*'8,x' is invalid/],
  [["--poster-channels", "8,-1"], /^options: poster\.channels\.1: .*\(given: -1\)$/],
];
for (const [argv, message] of flagMistakes) {
  test(`rejects ${argv.join(" ")}`, () => {
    assert.throws(
      () => readConfig(argv),
      (error: Error) => {
        assert.match(error.message, message);
        return true;
      },
    );
  });
}

test("every mistake in a configuration is reported on a separate line", () => {
  const faulty = {
    sead: 1,
    title: { epochs: "3", dropOut: 0.1 },
    train: 5,
    poster: { channels: [] },
  };
  assert.throws(
    () => parseConfig(faulty, "run.json"),
    (error: Error) => {
      const lines = error.message.split("\n");
      const expected = [
        /^run\.json: "sead" is not an option; did you mean "seed"\?$/,
        /^run\.json: title\.epochs: expected number, received string \(given: "3"\)$/,
        /^run\.json: "title\.dropOut" is not an option; did you mean "title\.dropout"\?$/,
        /^run\.json: train: expected object, received number \(given: 5\)$/,
        /^run\.json: poster\.channels: too small, expected an array with .*\(given: \[\]\)$/,
      ];
      for (const pattern of expected) {
        assert.ok(
          lines.some((line) => pattern.test(line)),
          `${pattern} in\n${error.message}`,
        );
      }
      assert.equal(lines.length, expected.length);
      return true;
    },
  );
});

test("an option in the wrong section is suggested by the last part of its path", () => {
  const cases: [value: object, suggestion: string][] = [
    [{ train: { epochs: 3 } }, '"title.epochs", "poster.epochs" or "ratings.epochs"'],
    [{ patience: 3 }, '"train.patience"'],
    [{ title: { inputDropout: 0.1 } }, '"poster.inputDropout" or "ratings.inputDropout"'],
  ];
  for (const [value, suggestion] of cases) {
    assert.throws(
      () => parseConfig(value, "run.json"),
      (error: Error) => error.message.endsWith(` is not an option; did you mean ${suggestion}?`),
      suggestion,
    );
  }
});

test("mistakes in a config file name the file, even if a flag overrides the option", async (t) => {
  const unknown = await configFlags(t, { title: { epoch: 3 } });
  assert.throws(
    () => readConfig(unknown),
    (error: Error) => {
      assert.equal(
        error.message,
        `${unknown[1]}: "title.epoch" is not an option; did you mean "title.epochs"?`,
      );
      return true;
    },
  );
  const wrong = await configFlags(t, { seed: "x" });
  assert.throws(() => readConfig([...wrong, "--seed", "1"]), /run\.json: seed: expected number/);
  assert.throws(
    () => readConfig(["--config", "nowhere.json"]),
    /--config nowhere\.json does not exist/,
  );
  const broken = await configFlags(t, "{ seed: 1 }");
  assert.throws(() => readConfig(broken), /run\.json is not JSON/);
  for (const content of [[], null, 3, '"x"']) {
    const file = await configFlags(t, content);
    assert.throws(() => readConfig(file), /run\.json: the whole: expected object/);
  }
});

test("--help of the real program lists every option with its default, and ends with 0", async () => {
  const argv = [...startOf("pipeline/main.ts"), "--help"];
  const { stdout } = await promisify(execFile)(process.execPath, argv);
  const text = stdout.replace(/\s+/g, " ");
  const schema = z.toJSONSchema(configSchema, { io: "input" }) as { properties: object };
  const check = (properties: object, path: string[]) => {
    for (const [key, leaf] of Object.entries(properties)) {
      if (leaf.properties) {
        check(leaf.properties, [...path, key]);
        continue;
      }
      const words = [...path, key].join("-").replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`);
      assert.ok(text.includes(` --${leaf.default === true ? "no-" : ""}${words} `), words);
      assert.ok(text.includes(leaf.description), `description of ${words}`);
      if (leaf.default === undefined) continue;
      const on = leaf.default === true;
      const after = text.slice(text.indexOf(` --${on ? "no-" : ""}${words} `) + 1);
      const own = after.slice(0, after.indexOf(" --"));
      const shown = `(default: ${on ? "on" : leaf.default.length === 0 ? "[]" : leaf.default})`;
      assert.ok(own.includes(shown), `default of ${words} in "${own}"`);
    }
  };
  check(schema.properties, []);
  assert.match(stdout, /\nOptions of "title":\n {2}--title-max-words/);
  const long = stdout.split("\n").filter((line) => line.length > 110 && !line.startsWith("  --"));
  assert.deepEqual(long, [], "lines are wrapped");
  const example = /--config <file> JSON file with options, e\.g\. (\{.*?\} \})/.exec(text);
  parseConfig(JSON.parse(example![1]!), "the example");
});
