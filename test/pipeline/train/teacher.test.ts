/** Vectors of words that an encoder teaches: their values, the regression on them, and a whole run. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle } from "../../../node/bundle.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { configSchema } from "../../../pipeline/config/schema.ts";
import { textOf } from "../../../pipeline/dataset/inputs.ts";
import { snapRows } from "../../../pipeline/fit/grid.ts";
import { buildTower } from "../../../pipeline/model/build.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { fitAtOnce } from "../../../pipeline/train/fitAtOnce.ts";
import { fitLinearText } from "../../../pipeline/train/linearText.ts";
import { teachWords, wordsToTeach } from "../../../pipeline/train/teacher.ts";
import { wordsOf } from "../../../predictor/inputs/text.ts";
import { FIRST_WORD_ID } from "../../../predictor/preprocess/title.ts";
import { textEncoder, wordPiece, writeEncoder } from "../onnxFiles.ts";
import { writeLamps } from "../run/lamps.ts";
import { start } from "../run/tinyRun.ts";
import { tiny, withInput } from "../tinyModel.ts";

let root: string;
before(async () => {
  await startBackend("wasm");
  root = await mkdtemp(join(tmpdir(), "marquee-teacher-"));
});
after(() => rm(root, { recursive: true, force: true }));

const OWN = 2;
const model = tiny(40, {
  title: { encoder: "linear", inverseRegularisation: 1, embeddingsDimensions: 1 },
  words: {
    dimensions: OWN,
    vectors: new Map([
      ["war", Float32Array.of(0.75, -1)],
      ["wedding", Float32Array.of(-0.25, 1)],
      ["battle", Float32Array.of(1, -1)],
      ["bride", Float32Array.of(-0.5, 2)],
      ["gravel", Float32Array.of(0.25, 0.75)],
    ]),
  },
});
const { title } = model.parts.inputs;

/** An encoder that sees how many of the titles with a text's words have the first label, and knows two further words. */
function read(text: string): Float32Array {
  if (text === "battle") return Float32Array.of(1, 0);
  if (text === "bride") return Float32Array.of(-1, 0);
  const labels = wordsOf(text, { form: "title" }).flatMap((word) =>
    model.movies
      .filter(({ source }) => wordsOf(textOf(source, "title"), { form: "title" }).includes(word))
      .map(({ target }) => target[0]!),
  );
  const share = labels.reduce((sum, label) => sum + label, 0) / Math.max(1, labels.length);
  return Float32Array.of(2 * share - 1, 0);
}

const teach = (input: typeof title) =>
  teachWords({
    ...{ name: "title", input, training: model.movies, target: model.target },
    ...{ wanted: ["battle", "bride", ...title.spec.vocabulary], read },
  });
const words = teach(title);

test("a word that no title has is taught what the encoder's vector of it says", () => {
  const { dimensions, taught, table } = words;
  assert.equal(taught, 1);
  assert.equal(dimensions, OWN + 1);
  assert.deepEqual(words.words, title.words!.words);
  const row = (word: string) => {
    const start = FIRST_WORD_ID + title.spec.vocabulary.length + words.words.indexOf(word);
    return [...table.subarray(start * dimensions, (start + 1) * dimensions)];
  };
  const [battle, bride, gravel] = [row("battle"), row("bride"), row("gravel")];
  assert.ok(Math.abs(battle[OWN]!) > 0.05, `${battle}`);
  assert.ok(Math.abs(battle[OWN]! + bride[OWN]!) < 0.1 * Math.abs(battle[OWN]!), `${bride}`);
  assert.equal(gravel[OWN], 0, "the encoder has not read it");
  // The vectors of the file stay, but for the grid that all dimensions of a row share.
  const at = (FIRST_WORD_ID + title.spec.vocabulary.length + words.words.indexOf("bride")) * OWN;
  for (const k of [0, 1]) {
    const step = Math.max(...bride.map(Math.abs)) / 127;
    assert.ok(Math.abs(bride[k]! - title.words!.table[at + k]!) <= step);
  }
  // Else the graph would hold four bytes for each number.
  const snapped = table.slice();
  snapRows(snapped, dimensions);
  assert.deepEqual(snapped, table);
  const coarse = teach({ ...title, options: { ...title.options, embeddingsBits: 4 } }).table;
  const once = coarse.slice();
  snapRows(once, dimensions, 4);
  assert.deepEqual(once, coarse);
  assert.notDeepEqual(coarse, table);
});

test("the mean of a title's words comes close to what the encoder says of the title", () => {
  // Alone, words say nothing: the encoder knows titles only, by the place of the first label.
  const titles = new Map(
    model.movies.map(({ source, target }) => [
      wordsOf(textOf(source, "title"), { form: "title" }).join(" "),
      target[0]!,
    ]),
  );
  assert.ok([...titles.keys()].every((text) => text.includes(" ")));
  const silent = (text: string) => {
    const label = titles.get(wordsOf(text, { form: "title" }).join(" "));
    return Float32Array.of(label === undefined ? 0 : 2 * label - 1, 1000);
  };
  const { table, dimensions } = teachWords({
    ...{ name: "title", input: title, training: model.movies, target: model.target },
    ...{ wanted: ["battle", "bride", ...title.spec.vocabulary], read: silent },
  });
  const rowOf = new Map(title.spec.vocabulary.map((word, i) => [word, i + FIRST_WORD_ID]));
  const means = model.movies.map(({ source, target }) => {
    const rows = wordsOf(textOf(source, "title"), { form: "title" }).map(
      (word) => rowOf.get(word)!,
    );
    const values = rows.map((row) => table[row * dimensions + OWN]!);
    return { has: target[0] === 1, mean: values.reduce((a, b) => a + b, 0) / values.length };
  });
  const average = (has: boolean) => {
    const some = means.filter((x) => x.has === has).map(({ mean }) => mean);
    return some.reduce((a, b) => a + b, 0) / some.length;
  };
  const gap = Math.abs(average(true) - average(false));
  assert.ok(gap > 0.3, `${gap}`);
  const battle =
    FIRST_WORD_ID + title.spec.vocabulary.length + title.words!.words.indexOf("battle");
  const bride = FIRST_WORD_ID + title.spec.vocabulary.length + title.words!.words.indexOf("bride");
  assert.equal(table[battle * dimensions + OWN], table[bride * dimensions + OWN]);
});

test("a teacher reads the words of all texts, and as many others as any fold may keep", async () => {
  const embeddings = join(root, "order.txt");
  const ofTitles = model.movies.flatMap(({ source }) =>
    wordsOf(textOf(source, "title"), { form: "title" }),
  );
  const [known] = ofTitles as [string];
  await writeFile(
    embeddings,
    [known, "alpha", "beta", "gamma"].map((word) => `${word} 1`).join("\n"),
  );
  const sources = model.movies.map(({ source }) => source);
  const options = { ...title.options, embeddings, embeddingsWords: 2 };
  const read = await wordsToTeach(options, "title", "title", sources);
  assert.deepEqual(new Set(read), new Set([...ofTitles, "alpha", "beta"]));
});

test("taught vectors and the year have a regression of their own, words and the year another", async () => {
  const D = words.dimensions;
  const fit = async (backboneShare: number) => {
    const options = { ...title.options, backboneShare, backboneInverseRegularisation: 0.5 };
    const { parts, source } = withInput(model, "title", { options, words });
    const { weights } = await fitAtOnce(
      buildTower("title", parts, createRandom(1)),
      fitLinearText,
      {
        ...{ input: "title", config: model.config, target: model.target, validation: [], source },
        training: model.movies,
        random: createRandom(2),
      },
    );
    const kernel = weights.get("title_logits/kernel")!;
    const labels = model.parts.labels;
    const bumps = kernel.length / labels - 3 * D;
    const column = (k: number) => kernel.subarray((bumps + k) * labels, (bumps + k + 1) * labels);
    const columns = Array.from({ length: 3 * D }, (_, k) => k);
    return {
      terms: weights.get("title_term_logits/embeddings")!,
      bumps: kernel.subarray(0, bumps * labels),
      own: columns.filter((k) => k % D < OWN).flatMap((k) => [...column(k)]),
      taught: columns.filter((k) => k % D >= OWN).flatMap((k) => [...column(k)]),
    };
  };
  const [alone, both, taught] = [await fit(0), await fit(0.25), await fit(1)];
  const near = (a: ArrayLike<number>, b: readonly number[]) => {
    for (const [i, value] of b.entries()) assert.ok(Math.abs(a[i]! - value) < 1e-5, `${a[i]}`);
  };
  assert.ok(alone.taught.every((weight) => weight === 0));
  assert.ok([...taught.terms, ...taught.own].every((weight) => weight === 0));
  assert.ok(alone.own.some((weight) => weight !== 0));
  assert.ok(taught.taught.some((weight) => weight !== 0));
  assert.ok(taught.bumps.some((weight) => weight !== 0));
  near(
    both.own,
    alone.own.map((weight) => 0.75 * weight),
  );
  near(
    both.taught,
    taught.taught.map((weight) => 0.25 * weight),
  );
  near(
    both.bumps,
    [...alone.bumps].map((weight, i) => 0.75 * weight + 0.25 * taught.bumps[i]!),
  );
});

test("a teacher needs a linear encoder with projected vectors", () => {
  const teacher = { backbone: "encoder", backboneRole: "teacher" };
  for (const options of [teacher, { ...teacher, embeddings: "v.txt", embeddingsDimensions: 0 }]) {
    const parsed = configSchema.safeParse({ title: options });
    assert.match(String(parsed.error), /teacher needs a title\.backbone, title\.embeddings/);
  }
  assert.ok(configSchema.safeParse({ title: { ...teacher, embeddings: "v.txt" } }).success);
});

test("the bundle of a taught model has neither the encoder nor its tokenizer, and its graph is checked", async () => {
  const WORDS = ["crimson", "azure", "lamp", "chair", "old", "new"];
  await writeLamps(join(root, "data"), { words: { type: "text" } }, async (i, kind) => ({
    words: `${WORDS[4 + (i % 2)]} ${WORDS[kind]} ${WORDS[2 + (i % 3 === 0 ? 1 : 0)]}`,
  }));
  const encoder = await writeEncoder(join(root, "text"), textEncoder(4 + WORDS.length), {
    "tokenizer.json": wordPiece(WORDS),
    "tokenizer_config.json": { tokenizer_class: "BertTokenizer", pad_token: "[PAD]" },
  });
  const vectors = join(root, "vectors.txt");
  await writeFile(vectors, WORDS.map((word, i) => `${word} ${i} ${i % 2} ${i % 3}`).join("\n"));
  const result = await start("pipeline/main.ts", [
    ...["--data", join(root, "data"), "--out", join(root, "out"), "--cache", join(root, "cache")],
    ...["--no-log", "--backend", "cpu", "--threads", "1", "--precisions", "fp32"],
    ...["--words-embeddings", vectors, "--words-backbone", encoder],
    ...["--words-backbone-role", "teacher"],
  ]).finished;
  assert.equal(result.code, 0, result.stderr);
  const { manifest, files } = await openBundle(join(root, "out"));
  assert.deepEqual(
    manifest.graph.inputs.map(({ name }) => name),
    ["words_tokens"],
  );
  assert.deepEqual(Object.keys(files), []);
});
