/** Outputs as bytes: what is read equals what was made, and how long it took changes none of them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { FoldResult } from "../../../../pipeline/folds/trainFold.ts";
import { decodeOutput, encodeOutput } from "../../../../pipeline/jobs/queue/output.ts";
import { drawMovies, heldOut, PRIOR } from "../../heldOutMovies.ts";

const movies = drawMovies(4, "outputs");

function foldResult(seconds: number): FoldResult {
  const history = [
    {
      ...{ tower: "title", epoch: 1, loss: 0.25, metric: "mAP@5", validation: Number.NaN },
      ...{
        validationLoss: Number.NaN,
        learningRate: 1e-3,
        seconds,
        samplesPerSecond: 100 / seconds,
      },
    },
  ];
  return {
    whole: { ...heldOut(movies), truth: Float64Array.of(1764374401, 0.1, -0, 5) },
    fewer: heldOut(movies),
    fold: 1,
    ids: ["1", "__proto__"],
    facts: [{ present: ["title"], ratings: 0 }],
    grouping: {
      nouns: { item: "movie", items: "movies", label: "genre", labels: "genres" },
      images: [],
      rated: true,
    },
    target: { type: "labels", outputs: ["a"], prior: Float32Array.from(PRIOR) },
    towers: [{ tower: "title", history, bestEpoch: 1 }],
    member: {
      weights: new Map([["title/kernel", Float32Array.of(-0, 0.1, Number.NaN)]]),
      moments: {},
    },
  };
}

test("an output is read as it was made, with arrays, maps and what JSON cannot say", () => {
  const result = foldResult(2);
  const { bytes, times } = encodeOutput(result);
  assert.deepEqual(decodeOutput(bytes, times), result);
  const summary = { folds: 2, metric: "mAP@5", figures: [] };
  const encoded = encodeOutput(summary);
  assert.deepEqual(decodeOutput(encoded.bytes, encoded.times), summary);
});

test("equal outputs are equal bytes, however long they took", () => {
  const [fast, slow] = [foldResult(0.5), foldResult(7)].map(encodeOutput);
  assert.deepEqual(fast!.bytes, slow!.bytes);
  assert.notDeepEqual(fast!.times, slow!.times);
});

test("bytes that were cut off are refused", () => {
  const { bytes, times } = encodeOutput(foldResult(1));
  assert.throws(() => decodeOutput(bytes.subarray(0, -1), times), /it ends within/);
});
