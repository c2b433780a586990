/** Which words get their own id, and in which order. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createRandom } from "../../../pipeline/common/random.ts";
import { fitVocabulary } from "../../../pipeline/fit/vocabulary.ts";
import { wordsOf } from "../../../predictor/inputs/text.ts";

const words = (title: string) => wordsOf(title, { form: "title" });
const TITLES = [
  "Net, The (1995)",
  "The Net 2 (2006)",
  "Dog Dog Dog (1990)",
  "Net of Dogs, A (1999)",
  "Dog, The",
].map(words);

test("words are counted once per title, most frequent first, ties in code point order", () => {
  assert.deepEqual(fitVocabulary(TITLES, 2), ["net", "the", "dog"]);
  assert.deepEqual(fitVocabulary(TITLES, 3), ["net", "the"]);
  assert.deepEqual(fitVocabulary(TITLES, 1), ["net", "the", "dog", "2", "a", "dogs", "of"]);
  assert.deepEqual(fitVocabulary(TITLES, 9), []);
  assert.deepEqual(fitVocabulary([], 1), []);
});

test("the order of the titles does not matter", () => {
  const titles = [...TITLES, ...["Émile (2003)", "Emile", "Zoë Zoe"].map(words)];
  const expected = fitVocabulary(titles, 1);
  const random = createRandom(1);
  for (let i = 0; i < 10; i++) {
    random.shuffle(titles);
    assert.deepEqual(fitVocabulary(titles, 1), expected);
  }
});
