/** Texts that are longer than what the model reads of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { CutTexts } from "../../../pipeline/dataset/cutTexts.ts";
import { cutFacts, cutTexts, cutWarning } from "../../../pipeline/fit/cutTexts.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { createItemEncoder } from "../../../predictor/item.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

function countOf(titles: readonly string[], repeats?: "doubling"): CutTexts {
  const spec = { title: { ...sampleInputs().title, maxWords: 3, repeats } };
  const encoder = createItemEncoder(spec);
  const training = titles.map((title) => ({
    source: { id: title, values: { title }, labels: [], split: "train" },
    features: encoder.encode({ title }),
  })) as unknown as EncodedMovie[];
  const [found, ...others] = cutTexts({ training, spec });
  assert.deepEqual(others, []);
  return found!;
}

test("texts are counted by their words, those without any left out", () => {
  const titles = ["", "one", "one two three", "one two three (1999)", "a b c d", "a b c d e f g"];
  assert.deepEqual(countOf(titles), {
    ...{ input: "title", group: "title", maxWords: 3 },
    ...{ texts: 5, cut: 2, enough: 7 },
  });
  const many = [...Array.from({ length: 99 }, () => "a b c d"), "a b c d e f g"];
  assert.equal(countOf(many).enough, 4, "one text of a hundred may be cut");
});

test("occurrences of a word that are not read need no place", () => {
  const titles = ["the the the", "the the the the", "the the the net the of", "a a a a a a a a a"];
  const { cut, enough } = countOf(titles, "doubling");
  assert.deepEqual([cut, enough], [2, 5]);
  assert.equal(countOf(titles).cut, 3);
});

test("a warning says how many texts are cut, and the option that reads them whole", () => {
  assert.equal(
    cutWarning({
      input: "title",
      group: "fullTitle",
      maxWords: 12,
      texts: 190,
      cut: 190,
      enough: 61,
    }),
    "190 of 190 training texts in title (100 %) are longer than the 12 words that are read of each. To read nearly all of them whole, give --full-title-max-words 61.",
  );
  const few = { input: "title", group: "title", maxWords: 12, texts: 1000, enough: 12 };
  assert.equal(cutWarning({ ...few, cut: 29 }), undefined);
  assert.match(cutWarning({ ...few, cut: 30 })!, /\(3 %\)/);
  assert.equal(cutWarning({ ...few, texts: 0, cut: 0 }), undefined);
});

test("the report has the share of every text", () => {
  const few = { input: "title", group: "title", maxWords: 12, texts: 1000, cut: 1, enough: 12 };
  assert.deepEqual(cutFacts([few, { ...few, input: "plot", texts: 0 }]), {
    "title, training texts of more than 12 words": "0.1 % of 1000",
    "plot, training texts of more than 12 words": "none",
  });
});
