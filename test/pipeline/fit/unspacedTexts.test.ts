/** Texts of which only whole sentences would be read as words are told with what to do. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import { unspacedWarnings } from "../../../pipeline/fit/unspacedTexts.ts";
import { sampleInputs } from "../../predictor/sampleManifest.ts";

function warningsOf(titles: readonly string[], buckets: number): string[] {
  const { title } = sampleInputs();
  const spec = { title: { ...title, ngrams: { ...title.ngrams, buckets } } };
  const training = titles.map((title) => ({ source: { values: { title } } }));
  return unspacedWarnings({ training: training as unknown as EncodedMovie[], spec });
}

test("texts without spaces and without n-grams are warned of, by their options", () => {
  const japanese = ["昨日、寿司がとても美味しかったね！", "新幹線で大阪へ行くつもりです"];
  const [warning, ...others] = warningsOf(japanese, 0);
  assert.match(warning!, /^title has no spaces between words, .*"spaces": false/);
  assert.match(warning!, /--title-buckets and --title-pieces-per-word/);
  assert.deepEqual(others, []);
  assert.deepEqual(warningsOf(japanese, 64), []);
  assert.deepEqual(warningsOf(["昨日 寿司 が 美味しかった", "新幹線 で 大阪"], 0), []);
  assert.deepEqual(warningsOf(["Heat", "Casino (1995)", ""], 0), []);
});
