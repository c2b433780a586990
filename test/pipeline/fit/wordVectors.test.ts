/** Word vectors in text files: what is read, what is rejected, and the resulting table. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fitWordVectors, readWordVectors } from "../../../pipeline/fit/wordVectors.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { createTitleEncoder, tokenCount } from "../../../predictor/preprocess/title.ts";
import { exported } from "../model/wholeModel.ts";
import { withValues } from "../sampleMovies.ts";
import { tiny } from "../tinyModel.ts";

let folder: string;
before(async () => {
  await startBackend("wasm");
  folder = await mkdtemp(join(tmpdir(), "vectors-"));
});
after(() => rm(folder, { recursive: true }));

async function read(text: string, wanted: string[] = [], others = 100) {
  const path = join(folder, "vectors.txt");
  await writeFile(path, text);
  return readWordVectors(path, { wanted: new Set(wanted), others });
}

test("reads GloVe and word2vec formats, with header, trailing spaces and Windows line endings", async () => {
  const expected = new Map([
    ["war", Float32Array.of(1, -2.5)],
    ["love", Float32Array.of(0.001, 3)],
  ]);
  for (const text of [
    "war 1 -2.5\nlove 1e-3 3\n",
    "2 2\nwar 1 -2.5 \nlove 1e-3 3 ",
    "war 1 -2.5\r\n\r\nlove 1e-3 3\r\n",
  ]) {
    assert.deepEqual(await read(text), { dimensions: 2, vectors: expected });
  }
});

test("words are normalised as in titles; entries that are not a single word are ignored", async () => {
  const { vectors } = await read(
    "Paris 1 1\nparis 2 2\ncan't 3 3\né́t́é 4 4\nnew york 5 5\n, 6 6\n\" love 7 7\n",
  );
  assert.deepEqual([...vectors.keys()], ["paris", "cant", "ete", "love"]);
  assert.deepEqual(vectors.get("love"), Float32Array.of(7, 7));
  assert.deepEqual(vectors.get("paris"), Float32Array.of(1, 1));
});

test("keeps wanted words from anywhere in the file, and a number of other words from its start", async () => {
  const { vectors } = await read("a 1 1\nb 2 2\nc 3 3\nd 4 4\n", ["d", "zebra"], 2);
  assert.deepEqual([...vectors.keys()], ["a", "b", "d"]);
});

test("without words wanted, a long file is read no further than the others are found", async () => {
  const rest = "x 1 1\n".repeat(400_000);
  const { vectors } = await read(`a 1 1\nb 2 2\n${rest}c 3\n`, [], 2);
  assert.deepEqual([...vectors.keys()], ["a", "b"]);
  await assert.rejects(read(`a 1 1\nb 2 2\n${rest}c 3\n`, ["d"], 2), {
    message: /vectors\.txt:400003 has 1 numbers, expected 2/,
  });
});

test("a line may have thousands of numbers, and one without an end is refused", async () => {
  const { dimensions } = await read(`war ${"0.123456789 ".repeat(20_000)}`);
  assert.equal(dimensions, 20_000);
  await assert.rejects(read(`war 1 2\n${"x".repeat(1.1e6)}\n`), {
    message: /vectors\.txt:2 is longer than 1 MiB; is it a text file of word vectors\?$/,
  });
});

test("errors about an invalid file name the line", async () => {
  const cases: [text: string, message: RegExp][] = [
    ["war 1 2\nlove 3\n", /vectors\.txt:2 has 1 numbers, expected 2 as in the first vector/],
    ["war 1 2\nlove 3 x\n", /vectors\.txt:2 has "x", which is not a number/],
    ["war\n", /vectors\.txt:1 has no numbers/],
    ["", /vectors\.txt contains no word of any title/],
    ["2 2\n", /contains no word/],
  ];
  for (const [text, message] of cases) {
    await assert.rejects(read(text), { name: "InputError", field: "title.embeddings", message });
  }
  await assert.rejects(
    readWordVectors(join(folder, "none.txt"), { wanted: new Set(), others: 0 }),
    {
      message: /none\.txt does not exist$/,
    },
  );
});

/** Error of rows rounded to a grid of 127 steps, relative to their largest value. */
const GRID = 1 / 127;

const VECTORS = {
  dimensions: 2,
  vectors: new Map([
    ["war", Float32Array.of(1, 0)],
    ["peace", Float32Array.of(0, 2)],
    ["the", Float32Array.of(1, 1)],
  ]),
};

test("common words weigh less, dimensions have equal std, words without a vector are zeros", () => {
  const titles = [["the", "war"], ["the", "peace"], ["the", "cat"], ["war"]];
  const { words, table, dimensions } = fitWordVectors(titles, ["the", "cat", "war"], VECTORS);
  assert.deepEqual([words, dimensions, table.length], [["peace"], 2, 6 * 2]);
  const row = (i: number) => [...table.subarray(i * 2, i * 2 + 2)];
  for (const empty of [0, 1, 3]) assert.deepEqual(row(empty), [0, 0]);
  const [the, war, peace] = [row(2), row(4), row(5)];
  // 3, 2 and 1 of 7 words.
  const weight = (count: number) => 1e-3 / (1e-3 + count / 7);
  assert.ok(Math.abs(the[0]! / war[0]! - weight(3) / weight(2)) < GRID);
  assert.ok(Math.abs(peace[1]! / the[1]! - (2 * weight(1)) / weight(3)) < GRID * 6);
  const means = [[the, war], [the, peace], [the, [0, 0]], [war]].map(
    (rows) => rows.reduce((sum, r) => sum + r[0]!, 0) / rows.length,
  );
  const centre = means.reduce((sum, mean) => sum + mean, 0) / 4;
  const variance = means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / 4;
  assert.ok(Math.abs(Math.sqrt(variance) - 0.3) < 0.3 * GRID);
});

test("a model with word vectors: the graph computes the same, and knows words from no training title", async () => {
  const words = {
    dimensions: 3,
    vectors: new Map([
      ["steel", Float32Array.of(1, 0, -1)],
      ["sword", Float32Array.of(2, 0.5, -1)],
      ["wedding", Float32Array.of(-1, 1, 0.25)],
    ]),
  };
  const small = tiny(30, { words, title: { buckets: 0 } });
  const { spec } = small;
  assert.deepEqual(spec.title.vectorWords, ["sword"]);
  const encode = createTitleEncoder(spec.title);
  assert.equal(encode(["sword"])[0], tokenCount(spec.title));
  const base = small.movies[0]!;
  const titled = (title: string) => ({
    ...base,
    images: {},
    source: withValues(base.source, { title }),
    features: {
      ...base.features,
      title: { words: [title], tokens: encode([title]) },
      year: undefined,
      ratings: { users: new Int32Array(0), stars: new Float32Array(0) },
    },
  });
  const movies = ["sword", "nonsense", "gibberish"].map(titled);
  const { probabilities } = await exported({ ...small, movies });
  const row = (i: number) => [...probabilities!.data.subarray(i * 3, i * 3 + 3)];
  assert.notDeepEqual(row(0), row(1));
  assert.deepEqual(row(1), row(2));
});

test("where no title has a word, words keep finite vectors", () => {
  const supervision = {
    texts: [[], []],
    target: { type: "labels" as const },
    targets: [Uint8Array.of(1, 0), Uint8Array.of(0, 1)],
    dimensions: 2,
    others: 2,
  };
  for (const given of [undefined, supervision]) {
    const { words, table } = fitWordVectors([[], []], [], VECTORS, given);
    assert.ok(words.length > 0 && table.every(Number.isFinite), `${table}`);
  }
});
