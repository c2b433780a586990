/** Plausible ranges of stars. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { plausibleStars } from "../../../pipeline/dataset/starRange.ts";

const within = (counts: [number, number][], value: number) => {
  const { min, max } = plausibleStars(new Map(counts));
  return value >= min && value <= max;
};

test("rare ends of a scale are plausible; timestamps are not", () => {
  const movieLens: [number, number][] = [
    [1, 56_174],
    [2, 107_557],
    [3, 261_197],
    [4, 348_971],
    [5, 226_310],
  ];
  assert.ok(within(movieLens, 1) && within(movieLens, 5) && within(movieLens, 10));
  assert.ok(!within([...movieLens, [978_300_760, 3]], 978_300_760));
  const halves: [number, number][] = [
    [0.5, 1],
    [4.5, 900],
    [5, 2],
  ];
  assert.ok(within(halves, 0.5) && within(halves, 5));
  const percent = Array.from({ length: 101 }, (_, i): [number, number] => [i, 3]);
  assert.ok(within(percent, 0) && within(percent, 100));
  // Also a single timestamp among few ratings.
  assert.ok(
    !within(
      [
        [3, 4],
        [4, 5],
        [978_300_760, 1],
      ],
      978_300_760,
    ),
  );
});

test("without ratings, all values are plausible", () => {
  assert.ok(within([], 1e9));
});
