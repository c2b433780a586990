import assert from "node:assert/strict";
import { test } from "node:test";
import { textSection } from "../../../../pipeline/inputs/text/options.ts";
import { describeText } from "../../../../pipeline/inputs/text/report.ts";

/** Words of a report on a title with these options. */
function described(given: object): string {
  const part = { name: "title", options: textSection("title", { form: "title" }).parse(given) };
  const group = { main: part, parts: [part] } as unknown as Parameters<typeof describeText>[0];
  return describeText(group, {
    ...{ item: "movie", items: "movies", labels: "genres" },
    ...{ regression: "a regression", margins: undefined },
  });
}

test("the report says how often words count beside n-grams, unless once", () => {
  assert.equal(
    described({}),
    "a regression on the TF-IDF of words (each counts 3 times) and of their hashed character n-grams.",
  );
  assert.match(described({ wordWeight: 1 }), /of words and of their hashed/);
});

test("n-grams are spoken of only where words have any", () => {
  for (const without of [{ buckets: 0 }, { piecesPerWord: 1 }]) {
    assert.doesNotMatch(described(without), /n-gram/);
    assert.doesNotMatch(described({ ...without, encoder: "bag" }), /n-gram/);
    assert.match(
      described({ ...without, encoder: "lstm" }),
      /LSTM over the embeddings of its words/,
    );
  }
});

test("the report names the encoder that taught words", () => {
  const taught = { embeddings: "v.txt", backbone: "encoders/minilm", backboneRole: "teacher" };
  assert.match(described(taught), /beside as many that the encoder minilm taught/);
  assert.doesNotMatch(described({ ...taught, backboneRole: "encoder" }), /taught/);
});
