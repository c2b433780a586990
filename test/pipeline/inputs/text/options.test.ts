import assert from "node:assert/strict";
import { test } from "node:test";
import { textSection, wordWeightOf } from "../../../../pipeline/inputs/text/options.ts";

const title = textSection("title", { form: "title" });

for (const [given, weight] of [
  [{}, 3],
  [{ embeddings: "vectors.txt" }, 1],
  [{ wordWeight: 2 }, 2],
  [{ wordWeight: 2, embeddings: "vectors.txt" }, 2],
  [{ wordWeight: 2, buckets: 0 }, 1],
] as const) {
  test(`with ${JSON.stringify(given)}, a word counts ${weight} times beside an n-gram`, () => {
    assert.equal(wordWeightOf(title.parse(given)), weight);
  });
}

test("a word of a plain text, which has no n-grams, counts once", () => {
  assert.equal(wordWeightOf(textSection("body", { form: "plain" }).parse({})), 1);
});

test("texts without spaces have n-grams by default, titles those that they have anyway", () => {
  const unspaced = textSection("body", { form: "plain", spaces: false }).parse({});
  const { piecesPerWord, buckets, ngramMin, ngramMax } = unspaced;
  assert.deepEqual(
    { piecesPerWord, buckets, ngramMin, ngramMax },
    { piecesPerWord: 64, buckets: 8192, ngramMin: 2, ngramMax: 3 },
  );
  assert.deepEqual(
    textSection("title", { form: "title", spaces: false }).parse({}),
    title.parse({}),
  );
});
