/** What goes through a queue is checked before anything counts with it. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { foldsOf, keyOf, nameOf, payloadSchema } from "../../../pipeline/jobs/job.ts";
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

test("a fold may have a share of its items, and is another job then", () => {
  const [whole] = foldsOf(trial);
  const [part] = foldsOf(trial, 0.125);
  const [measured] = foldsOf(trial, 1);
  assert.deepEqual(
    [whole, part, measured].map((fold) => nameOf(fold!)),
    ["fold 1/3", "fold 1/3 on 12.5 %", "fold 1/3"],
  );
  assert.equal(new Set([whole, part, measured].map((fold) => keyOf(fold!))).size, 3);
  for (const share of [0.125, 1]) assert.ok(isValid({ ...whole!, share }), String(share));
  for (const share of [0, -0.5, 1.1, "0.5"]) {
    assert.ok(!isValid({ ...whole!, share: share as number }), String(share));
  }
});
