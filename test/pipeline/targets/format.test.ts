/** Scores in texts: three decimals, and as many digits of small errors. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatScore } from "../../../pipeline/targets/format.ts";

test("scores have three decimals, small ones three significant digits", () => {
  const shown = [
    [1, "1.000"],
    [0.98765, "0.988"],
    [-0.25, "-0.250"],
    [0.0123, "0.012"],
    [0.00213, "0.00213"],
    [-0.000004, "-0.00000400"],
    [2.134e-9, "2.13e-9"],
    [1991.25, "1991.250"],
    [0, "0.000"],
  ] as const;
  for (const [score, text] of shown) assert.equal(formatScore(score), text);
  assert.deepEqual([formatScore(null), formatScore(undefined)], ["-", "-"]);
  assert.equal(formatScore(Number.NaN), "NaN");
});

test("deviations and differences have the decimals of the score that they are beside", () => {
  assert.equal(formatScore(0.0043, 0.512), "0.004");
  assert.equal(formatScore(0.00031, 0.00213), "0.00031");
  assert.equal(formatScore(3.1e-10, 2.13e-9), "3.10e-10");
  assert.equal(formatScore(0.0043, 0.512, 1), "0.0043");
});
