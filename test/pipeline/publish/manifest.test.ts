import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestOf } from "../../../pipeline/publish/manifest.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";
import { sampleInputs, sampleTarget } from "../../predictor/sampleManifest.ts";
import { sampleRun } from "../report/sampleRun.ts";

test("the manifest has mAP@5 of every subset of inputs, over the movies with a poster", () => {
  const record = sampleRun();
  const { metrics } = manifestOf(record, sampleInputs(), sampleTarget(record.evaluation.labels));
  const { rows } = record.evaluation;
  for (const { kind, inputs, groups } of rows) {
    const expected = groups.find(({ group }) => group === "with a poster")!.score!.mean;
    if (kind === "model") assert.equal(metrics[subsetMetric(inputs)], expected);
  }
  assert.equal(Object.keys(metrics).filter((key) => key.startsWith("map@5 from ")).length, 5);
  assert.equal(
    metrics["map@5"],
    rows.find(({ name }) => name === "title + poster + ratings")!.score!.mean,
  );
});

test("the manifest says what is predicted", () => {
  const record = sampleRun();
  const target = sampleTarget(record.evaluation.labels);
  assert.deepEqual(manifestOf(record, sampleInputs(), target).target, target);
});

test("the manifest has mAP@K of all inputs, and mean and standard deviation of mAP@5 over the folds", () => {
  const { evaluation, ...others } = sampleRun();
  const name = evaluation.fullRow;
  const figures = [
    { input: "title", group: "all movies", metric: "mAP@5", mean: 0.1, std: 0.11 },
    { input: name, group: "all movies", metric: "mAP@3", mean: 0.2, std: 0.21 },
    { input: name, group: "all movies", metric: "mAP@5", mean: 0.3, std: 0.31 },
    { input: name, group: "unrated", metric: "mAP@5", mean: 0.4, std: 0.41 },
  ];
  const record = { ...others, evaluation, crossValidation: { folds: 3, metric: "mAP@5", figures } };
  const { metrics } = manifestOf(record, sampleInputs(), sampleTarget(record.evaluation.labels));
  const full = evaluation.rows.find((row) => row.name === name)!;
  for (const { metric, value } of full.figures) {
    assert.equal(metrics[metric.toLowerCase()], value);
  }
  const folds = Object.entries(metrics).filter(([key]) => key.startsWith("folds "));
  assert.deepEqual(folds, [
    ["folds map@5", 0.3],
    ["folds map@5 std", 0.31],
  ]);
});
