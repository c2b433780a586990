/** The distance between two outputs: no difference may go unnoticed. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { difference, requireWithin } from "../../../../pipeline/export/verify/measure.ts";

const values = (...data: number[]) => ({ shape: [data.length], data });

test("the largest difference, and its share of the largest expected value", () => {
  assert.deepEqual(difference(values(1, -7.5, 3), values(1, -8, 2.75)), {
    absolute: 0.5,
    relative: 0.0625,
  });
  assert.deepEqual(difference(values(1e-6), values(0)), { absolute: 1e-6, relative: 1e-3 });
});

test("NaN on one side only, and another shape, pass no tolerance", () => {
  for (const [a, b] of [
    [values(Number.NaN, 1), values(0, 1)],
    [values(0, 1), values(Number.NaN, 1)],
    [values(1, 2), { shape: [2, 1], data: [1, 2] }],
  ] as const) {
    assert.equal(difference(a, b).relative <= 1e9, false);
  }
  assert.equal(difference(values(Number.NaN), values(Number.NaN)).absolute, 0);
});

test("outputs above the tolerance are named, each with its batch size and error; NaN is above any", () => {
  const row = (output: string, relative: number) => ({
    output,
    batch: 3,
    shape: [3, 2],
    absolute: relative / 2,
    relative,
  });
  requireWithin(1e-4, [row("a", 1e-4), row("b", 0)], "no file was written");
  assert.throws(
    () => requireWithin(1e-4, [row("a", 2e-4), row("b", 0), row("c", Number.NaN)], "no file"),
    {
      name: "ConvertError",
      issues: [
        {
          path: "a",
          message:
            "at batch size 3 the relative error is 2.00e-4, above the tolerance 0.0001; no file",
        },
        {
          path: "c",
          message: "at batch size 3 the relative error is NaN, above the tolerance 0.0001; no file",
        },
      ],
    },
  );
});
