import assert from "node:assert/strict";
import { test } from "node:test";
import { manifestOf } from "../../../pipeline/publish/manifest.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";
import { sampleRun } from "../report/sampleRun.ts";

test("the manifest has mAP@5 of every subset of inputs, over the movies with a poster", () => {
  const record = sampleRun();
  const { metrics } = manifestOf(record, sampleManifest().preprocess, []);
  const { rows } = record.evaluation;
  for (const { kind, inputs, groups } of rows) {
    const expected = groups.find(({ group }) => group === "with a poster")!.map5!.mean;
    if (kind === "model") assert.equal(metrics[subsetMetric(inputs)], expected);
  }
  assert.equal(Object.keys(metrics).filter((key) => key.startsWith("map@5 from ")).length, 5);
  assert.equal(
    metrics["map@5"],
    rows.find(({ name }) => name === "title + poster + ratings")!.map5!.mean,
  );
});
