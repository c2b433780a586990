/** Which labels are selected: by threshold, by the groups of inputs that an item has, and where none reaches its own. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { toAnswer } from "../../../predictor/answer.ts";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import { createPredictor } from "../../../predictor/predictor.ts";
import { decide, type Thresholds } from "../../../predictor/targets/decide.ts";
import { labels, labelsTarget } from "../../../predictor/targets/labels.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { sampleManifest, sampleTarget } from "../sampleManifest.ts";

const THRESHOLDS: Thresholds = {
  perLabel: [0.5, 0.25, 0.75],
  subsets: [
    { groups: ["poster"], threshold: 0.875 },
    { groups: ["ratings", "title"], threshold: 0.125 },
  ],
};
const decided = (row: number[], groups: string[], options = {}) =>
  decide(Float32Array.from(row), THRESHOLDS, groups, options).map(Number);

test("each label has a threshold of its own, which an equal probability reaches", () => {
  assert.deepEqual(decided([0.5, 0.25, 0.75], ["title"]), [1, 1, 1]);
  assert.deepEqual(decided([0.5 - 2 ** -24, 0.25, 0.75], ["title"]), [0, 1, 1]);
  assert.deepEqual(decided([0.5, 0.25 - 2 ** -24, 0.75 - 2 ** -24], []), [1, 0, 1]);
});

test("a subset counts for items that have exactly its groups, in any order", () => {
  const row = [0.2, 0.1, 0.3];
  assert.deepEqual(decided(row, ["title", "ratings"]), [1, 0, 1]);
  assert.deepEqual(decided(row, ["ratings", "title"]), [1, 0, 1]);
  for (const groups of [["title"], ["ratings"], ["title", "poster", "ratings"], []]) {
    assert.deepEqual(decided(row, groups), [0, 0, 1], groups.join());
    assert.deepEqual(decided(row, groups, { allowEmpty: true }), [0, 0, 0], groups.join());
  }
  assert.deepEqual(decided([0.9, 0.8, 0.85], ["poster"]), [1, 0, 0]);
  // More groups than the subset's, or fewer, are another subset.
  assert.deepEqual(decided([0.6, 0.3, 0.8], ["title", "poster"]), [1, 1, 1]);
  assert.deepEqual(decided([0.6, 0.3, 0.8], []), [1, 1, 1]);
});

test("where none reaches its threshold, the most probable is selected, the first of equal ones", () => {
  assert.deepEqual(decided([0.1, 0.2, 0.2], ["title"]), [0, 1, 0]);
  assert.deepEqual(decided([0.1, 0.1, 0.1], ["poster"]), [1, 0, 0]);
  assert.deepEqual(decided([0.1, 0.2, 0.2], ["title"], { allowEmpty: true }), [0, 0, 0]);
});

test("where another reaches its threshold, the most probable is selected, too, also where none may be", () => {
  for (const options of [{}, { allowEmpty: true }]) {
    assert.deepEqual(decided([0.6, 0.2, 0.7], ["title"], options), [1, 0, 1]);
    assert.deepEqual(decided([0.2, 0.3, 0.7], ["title"], options), [0, 1, 1]);
    assert.deepEqual(decided([0.6, 0.2, 0.6], ["title"], options), [1, 0, 0]);
  }
  assert.deepEqual(decided([0.6, 0.2, 0.7], ["title"], { threshold: 0.65 }), [0, 0, 1]);
});

test("the caller's threshold selects exactly what reaches it, whatever the item has", () => {
  for (const groups of [["title"], ["poster"]]) {
    assert.deepEqual(decided([0.25, 0.375, 0.125], groups, { threshold: 0.25 }), [1, 1, 0]);
    assert.deepEqual(decided([0.3, 0.4, 0.2], groups, { threshold: 0.5 }), [0, 0, 0]);
    assert.deepEqual(decided([0, 0, 0], groups, { threshold: 0 }), [1, 1, 1]);
  }
});

test("the predictor and answers decide by the groups that the item has", async () => {
  const target = { ...sampleTarget(["a", "b", "c"]), thresholds: structuredClone(THRESHOLDS) };
  const run: RunGraph = async ({ year }) => {
    const n = year!.dims[0]!;
    const floats = (width: number, value: number) => ({
      type: "float32" as const,
      dims: [n, width],
      data: Float32Array.from({ length: n * width }, (_, i) => value * (1 + (i % width))),
    });
    return {
      probabilities: floats(3, 0.0625),
      title_attention: floats(2, 0),
      modality_weights: floats(3, 1),
    };
  };
  const predictor = createPredictor({ ...sampleManifest(), target }, run);
  const [titled, rated] = await predictor.predict([
    { title: "Net" },
    { title: "Net", ratings: [{ stars: 3 }] },
  ]);
  const selected = (prediction: typeof titled, options = {}) =>
    (toAnswer(predictor.target, prediction!, options) as LabelsAnswer).selected;
  // 0.0625, 0.125 and 0.1875.
  assert.deepEqual([titled!.groups, rated!.groups], [["title"], ["title", "ratings"]]);
  assert.deepEqual([selected(titled), selected(rated)], [["c"], ["c", "b"]]);
  assert.deepEqual(selected(titled, { allowEmpty: true }), []);
  assert.deepEqual(selected(rated, { allowEmpty: true, topK: 1 }), ["c", "b"]);
  assert.deepEqual(selected(rated, { threshold: 0.15 }), ["c"]);
  const flags = [titled, rated].map((prediction) => prediction!.scores.map((s) => s.selected));
  assert.deepEqual(flags, [
    [true, false, false],
    [true, true, false],
  ]);
});

test("the schema refuses thresholds that fit no label, and subsets that are there twice", () => {
  const issues = (thresholds: object) =>
    labels.spec
      .safeParse({ ...sampleTarget(["a", "b"]), thresholds })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  const subsets = [{ groups: ["x", "y"], threshold: 0.5 }];
  assert.equal(issues({ perLabel: [0.5, 0.5], subsets }), undefined);
  assert.deepEqual(issues({ perLabel: [0.5], subsets }), [
    "thresholds.perLabel: must have one threshold per label",
  ]);
  const twice = [...subsets, { groups: ["y", "x"], threshold: 0.4 }];
  assert.deepEqual(issues({ perLabel: [0.5, 0.5], subsets: twice }), [
    "thresholds.subsets.1.groups: has a threshold already",
  ]);
  const doubled = [{ groups: ["x", "x"], threshold: 0.5 }];
  assert.deepEqual(issues({ perLabel: [0.5, 0.5], subsets: doubled }), [
    "thresholds.subsets.0.groups: must not name one twice",
  ]);
  assert.ok(!labels.spec.safeParse(sampleTarget(["a", "a"])).success);
});

test("a subset names groups of the declared inputs", () => {
  const target = {
    ...sampleTarget(["a"]),
    thresholds: { perLabel: [0.5], subsets: [{ groups: ["title", "year"], threshold: 0.5 }] },
  };
  // The year belongs to the title's group.
  assert.deepEqual(labels.misfits(target, sampleManifest().inputs), [
    {
      path: ["thresholds", "subsets", "0", "groups"],
      message: 'names "year", which is not a group of inputs',
    },
  ]);
});

test("a program that goes through labels refuses other targets", () => {
  const target = sampleTarget(["a"]);
  assert.equal(labelsTarget(target), target);
  assert.throws(
    () => labelsTarget({ type: "class" }),
    /^Error: the bundle predicts a class; this program reads labels$/,
  );
});
