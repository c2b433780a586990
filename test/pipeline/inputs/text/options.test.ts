import assert from "node:assert/strict";
import { test } from "node:test";
import { textSection, wordWeightOf } from "../../../../pipeline/inputs/text/options.ts";

const title = textSection("title", "title");

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
  assert.equal(wordWeightOf(textSection("body", "plain").parse({})), 1);
});
