/** What is fitted to a text. */

import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { snapRows } from "../../../../pipeline/fit/grid.ts";
import { text } from "../../../../pipeline/inputs/text/fit.ts";
import { contextOf, itemsOf } from "../fitContext.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-text-"));
});
after(() => rm(root, { recursive: true, force: true }));

/** The spec of a text of some form, fitted with these options. */
async function specOf(form: "title" | "plain", options: object) {
  const declared = { type: "text", form, maxCharacters: 100 } as const;
  const movie = {
    ...{ id: "1", labels: [], split: "train" as const },
    values: { plot: "a rose is a rose is a rose" },
  };
  const given = { options: { plot: { minTitles: 1, ...options } } };
  const { spec } = await text.fit("plot", declared, contextOf({ plot: declared }, [movie], given));
  return spec;
}

const READ: [form: "title" | "plain", options: object, repeats: "doubling" | undefined][] = [
  ["plain", {}, "doubling"],
  ["plain", { repeats: "all" }, undefined],
  ["plain", { encoder: "lstm" }, undefined],
  ["plain", { encoder: "bag", repeats: "doubling" }, "doubling"],
  ["title", {}, undefined],
  ["title", { repeats: "doubling" }, "doubling"],
];
for (const [form, options, repeats] of READ) {
  const read = repeats === undefined ? "all occurrences of a word" : "a word's 1st, 2nd, 4th, ...";
  test(`${form} with ${JSON.stringify(options)}: ${read} are read`, async () => {
    const spec = await specOf(form, options);
    assert.equal(spec.repeats, repeats);
    // No key without need: manifests of titles stay as they are.
    assert.equal("repeats" in spec, repeats !== undefined);
    assert.deepEqual(spec.vocabulary, ["a", "is", "rose"]);
  });
}

test("buckets of n-grams that no word has are warned of", async () => {
  const declared = { type: "text", form: "plain", maxCharacters: 100 } as const;
  const notesOf = async (options: object) =>
    (
      await text.fit(
        "plot",
        declared,
        contextOf({ plot: declared }, [], { options: { plot: options } }),
      )
    ).notes;
  assert.match(
    String(await notesOf({ buckets: 4096 })),
    /^--plot-buckets 4096 has no effect: .* raise --plot-pieces-per-word, for instance to 24/,
  );
  assert.deepEqual(await notesOf({}), []);
  assert.deepEqual(await notesOf({ buckets: 4096, piecesPerWord: 24 }), []);
});

test("a teacher refuses texts that are read together", async () => {
  const declared = { type: "text", form: "plain", maxCharacters: 100, group: "texts" } as const;
  const movie = { id: "1", labels: [], split: "train" as const, values: { plot: "a rose" } };
  const options = { embeddings: "v.txt", backbone: "encoder", backboneRole: "teacher" };
  const context = contextOf({ plot: declared, tagline: declared }, [movie], {
    options: { texts: options },
  });
  await assert.rejects(
    async () => text.fit("plot", declared, context),
    /texts\.backboneRole.*plot and tagline are read together/,
  );
});

test("with a teacher, the file's first words are kept; without one, the most informative", async () => {
  const declared = { type: "text", form: "title", maxCharacters: 100 } as const;
  const movies = ["rose", "thorn"].flatMap((plot, kind) =>
    Array.from({ length: 4 }, (_, i) => ({
      ...{ id: `${plot}${i}`, labels: [["a", "b"][kind]!], split: "train" as const },
      values: { plot },
    })),
  );
  const embeddings = join(root, "vectors.txt");
  const vectors = { the: 0.001, of: 0.002, petal: 1, rose: 1, thorn: -1, spine: -1 };
  await writeFile(
    embeddings,
    Object.entries(vectors)
      .map(([word, x]) => `${word} ${x} 0`)
      .join("\n"),
  );
  const kept = async (given: object) => {
    const options = { embeddings, embeddingsWords: 2, minTitles: 1, ...given };
    const context = contextOf({ plot: declared }, movies, { options: { plot: options } });
    const { spec } = await text.fit("plot", declared, context);
    return spec.vectorWords;
  };
  assert.deepEqual(await kept({}), ["petal", "spine"]);
  const teacher = { backbone: "encoder", backboneRole: "teacher", encoder: "linear" };
  assert.deepEqual(await kept(teacher), ["the", "of"]);
});

test("word vectors are quantised to the bits of the option", async () => {
  const declared = { type: "text", form: "title", maxCharacters: 100 } as const;
  const movies = ["rose", "thorn"].map((plot) => ({
    ...{ id: plot, labels: [], split: "train" as const },
    values: { plot },
  }));
  const embeddings = join(root, "fine.txt");
  await writeFile(embeddings, "rose 1 0.3 -0.77\nthorn -1 0.41 0.13");
  const tableOf = async (embeddingsBits: number) => {
    const options = { embeddings, embeddingsBits, embeddingsDimensions: 0, minTitles: 1 };
    const context = contextOf({ plot: declared }, movies, { options: { plot: options } });
    return (await text.fit("plot", declared, context)).words!.table;
  };
  const [fine, coarse] = [await tableOf(8), await tableOf(4)];
  const expected = coarse.slice();
  snapRows(expected, 3, 4);
  assert.deepEqual(coarse, expected);
  assert.notDeepEqual(coarse, fine);
});

test("so many words are kept that one text of a hundred is cut at most, within bounds, unless the option says", async () => {
  const keptOf = async (form: "title" | "plain", lengths: readonly number[], options = {}) => {
    const declared = { type: "text", form, maxCharacters: 10_000 } as const;
    const texts = lengths.map((length) => Array.from({ length }, (_, i) => `w${i}`).join(" "));
    const inputs = { name: declared };
    const context = contextOf(inputs, itemsOf("name", texts), { options: { name: options } });
    const { spec } = await text.fit("name", declared, context);
    return spec.maxWords;
  };
  const hundred = (length: number) => Array.from({ length: 99 }, () => length);
  assert.equal(await keptOf("title", []), 12);
  assert.equal(await keptOf("title", [...hundred(5), 60]), 12);
  assert.equal(await keptOf("title", [...hundred(60), 61]), 60);
  assert.equal(await keptOf("title", hundred(60), { maxWords: 7 }), 7);
  assert.equal(await keptOf("title", [400]), 300);
  assert.equal(await keptOf("plain", [5]), 300);
});
