/** The caveats in the summary that a run prints at its end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { summarize } from "../../../pipeline/report/caveats.ts";
import { sampleRun } from "./sampleRun.ts";

test("a summary begins with the caveats about its figures", () => {
  assert.match(summarize(sampleRun()), /^Synthetic data: /);
  const dataset = { ...sampleRun().dataset, synthetic: false };
  assert.match(summarize(sampleRun({ dataset })), /^\| input/);
  const validated = { ...dataset, evaluatedOn: "validation" as const };
  assert.match(summarize(sampleRun({ dataset: validated })), /^The data set has no test split/);
});

test("texts that are cut are in the summary", () => {
  const texts = { input: "title", group: "title", maxWords: 12, texts: 40, cut: 30, enough: 61 };
  assert.match(summarize(sampleRun({ cutTexts: [texts] })), /^30 of 40 .*--title-max-words 61\.$/m);
  assert.doesNotMatch(summarize(sampleRun({ cutTexts: [{ ...texts, cut: 1 }] })), /max-words/);
});

test("inputs that are left out are named in the summary", () => {
  const leftOut = [{ input: "poster", reason: "all 3 posters are equal" }] as const;
  assert.match(summarize(sampleRun({ leftOut })), /^The poster input is left out: all 3 /m);
  assert.doesNotMatch(summarize(sampleRun()), /left out/);
});
