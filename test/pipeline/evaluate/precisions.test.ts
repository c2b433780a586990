/** Which of the smaller graphs are close enough to the fp32 graph to be published. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { comparePrecisions, whyLeftOut } from "../../../pipeline/evaluate/precisions.ts";
import { createMovieEncoder } from "../../../predictor/movieEncoder.ts";
import type { RunGraph } from "../../../predictor/tensor.ts";
import { sampleInputs, sampleManifest } from "../../predictor/sampleManifest.ts";
import { labelsTarget } from "../labelsTarget.ts";
import { memoryStore, tiny } from "../tinyModel.ts";

const TARGET = labelsTarget(3);
const RESULT = { bytes: 1, score: 0.9, maxAbs: 0 };

test("fp16 is judged by its probabilities, q8 by its loss of mAP@5", () => {
  const fp16 = { ...RESULT, precision: "fp16" as const };
  assert.equal(whyLeftOut({ ...fp16, maxAbs: 0.009 }, 0.9, TARGET), undefined);
  assert.match(whyLeftOut({ ...fp16, maxAbs: 0.011 }, 0.9, TARGET)!, /by 1\.1e-2; at most 0\.01/);
  const q8 = { ...RESULT, precision: "q8" as const, maxAbs: 0.2 };
  assert.equal(whyLeftOut(q8, 0.909, TARGET), undefined);
  assert.equal(whyLeftOut(q8, 0.7, TARGET), undefined, "better than fp32 is no fault");
  assert.match(whyLeftOut(q8, 0.911, TARGET)!, /mAP@5 is 0\.011 below/);
});

test("graphs with NaN are left out", () => {
  for (const precision of ["fp16", "q8"] as const) {
    const result = { ...RESULT, precision, maxAbs: Number.NaN };
    assert.match(whyLeftOut(result, 0.9, TARGET)!, /are NaN/);
  }
  const unlabelled = { ...RESULT, precision: "q8" as const, score: Number.NaN };
  assert.match(whyLeftOut(unlabelled, Number.NaN, TARGET)!, /no evaluated item has a target/);
});

test("graphs are compared with the first graph", async () => {
  const spec = sampleManifest();
  const { movies, target } = tiny(6);
  const encoder = createMovieEncoder(sampleInputs());
  const prepared = movies.map((movie) => ({
    ...movie,
    images: {},
    features: encoder.encode({ title: movie.source.values.title }),
  }));
  /** Answers every movie with the same probabilities. */
  const constant =
    (probabilities: readonly number[]): RunGraph =>
    async (inputs) => {
      const n = Object.values(inputs)[0]!.dims[0]!;
      const rows = (row: readonly number[]) =>
        ({
          type: "float32",
          dims: [n, row.length],
          data: Float32Array.from({ length: n * row.length }, (_, i) => row[i % row.length]!),
        }) as const;
      return {
        probabilities: rows(probabilities),
        title_attention: rows([1, 0]),
        modality_weights: rows([1, 1, 1]),
      };
    };
  const results = await comparePrecisions(
    [
      { precision: "fp32", bytes: 4, run: constant([0.9, 0.5, 0.1]) },
      { precision: "fp16", bytes: 2, run: constant([0.9, 0.55, 0.1]) },
      { precision: "q8", bytes: 1, run: constant([0.8, 0.5, 0.1]) },
    ],
    spec,
    prepared,
    memoryStore(sampleInputs().poster, new Map()),
    target,
  );
  assert.deepEqual(
    results.map(({ precision, leftOut }) => [precision, leftOut !== undefined]),
    [
      ["fp32", false],
      ["fp16", true],
      ["q8", false],
    ],
  );
});

test("of a number, differences count in standard deviations, and smaller errors are better", () => {
  const range = { mean: 50, std: 20, min: 0, max: 100 };
  const target = { type: "number" as const, outputs: ["price"], prior: new Float32Array(1), range };
  const fp16 = { ...RESULT, precision: "fp16" as const };
  assert.equal(whyLeftOut({ ...fp16, maxAbs: 0.19 }, 3, target), undefined);
  assert.match(whyLeftOut({ ...fp16, maxAbs: 0.21 }, 3, target)!, /at most 0\.2 is accepted/);
  const q8 = { ...RESULT, precision: "q8" as const };
  assert.equal(
    whyLeftOut({ ...q8, score: 2 }, 3, target),
    undefined,
    "a smaller error is no fault",
  );
  assert.equal(whyLeftOut({ ...q8, score: 3.19 }, 3, target), undefined);
  assert.match(whyLeftOut({ ...q8, score: 3.21 }, 3, target)!, /MAE is 0\.210 above/);
});
