/** What stages say while they work. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeDifferences } from "../../../pipeline/run/progress.ts";

test("differences are told with what is allowed, where an output has a unit", () => {
  const difference = { maxRel: 0, mean: 0 };
  const outputs = [
    { ...difference, name: "value", maxAbs: 66_000, tolerance: 912_345 },
    { ...difference, name: "modality_weights", maxAbs: 3e-7 },
  ];
  assert.equal(
    describeDifferences({ outputs }),
    "value 6.6e+4 (at most 9.1e+5), modality_weights 3.0e-7",
  );
});
