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
