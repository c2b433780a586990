/** The order of trials by an objective. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Entry, ranked } from "../../../pipeline/sweep/ranking.ts";

const entry = (number: number, mean: number | undefined): Entry =>
  ({
    trial: { number },
    rung: 0,
    share: 1,
    result:
      mean === undefined
        ? { error: "failed" }
        : { figures: [{ input: "all inputs", group: "all items", metric: "MAE", mean, std: 0 }] },
  }) as unknown as Entry;
const ENTRIES = [entry(1, 3), entry(2, undefined), entry(3, 1), entry(4, 2), entry(5, 1)];

for (const [better, expected] of [
  ["smaller", [3, 5, 4, 1, 2]],
  ["larger", [1, 4, 3, 5, 2]],
] as const) {
  test(`where ${better} is better, that is first, and failed trials are last`, () => {
    const objective = { input: "all inputs", group: "all items", metric: "MAE", better };
    assert.deepEqual(
      ranked(ENTRIES, objective).map(({ trial }) => trial.number),
      expected,
    );
  });
}
