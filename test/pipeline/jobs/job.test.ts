/** What goes through a queue is checked before anything counts with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldsOf, payloadSchema } from "../../../pipeline/jobs/job.ts";
import { standInTrial } from "./standIn.ts";

const trial = standInTrial(1, 3);
const withFolds = (folds: unknown) => ({
  ...trial,
  identity: { ...trial.identity, options: { ...trial.identity.options, folds } },
});
const isValid = (job: object) => payloadSchema.safeParse({ job, log: false }).success;

test("a job has at most 1,000 folds, and is one of them", () => {
  for (const folds of [1, 3, 1000]) assert.ok(isValid(withFolds(folds)), String(folds));
  for (const folds of [1001, 1e9, -1, 1.5, "3", undefined]) {
    assert.ok(!isValid(withFolds(folds)), String(folds));
  }
  const [first] = foldsOf(trial);
  assert.ok(isValid({ ...first!, fold: 2 }));
  for (const fold of [3, -1, 0.5]) assert.ok(!isValid({ ...first!, fold }), String(fold));
});
