import assert from "node:assert/strict";
import { test } from "node:test";
import { calibrate } from "../../../pipeline/targets/calibration.ts";

test("the error is the mean difference of probability and share, weighted by the bins", () => {
  const found = calibrate([
    [0.05, false],
    [0.05, true],
    [0.72, true],
    [0.74, true],
    [0.76, false],
    [1, true],
  ])!;
  assert.deepEqual(
    found.bins.map(({ count, accuracy }) => [count, accuracy]),
    [
      [2, 1 / 2],
      [3, 2 / 3],
      [1, 1],
    ],
  );
  const expected = (2 * 0.45 + 3 * Math.abs(0.74 - 2 / 3) + 0) / 6;
  assert.ok(Math.abs(found.ece - expected) < 1e-12, `${found.ece}, expected ${expected}`);
});

test("without answers there is none", () => {
  assert.equal(calibrate([]), null);
});
