/** Which stars are plausible beside the others. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { plausibleStars } from "../../../pipeline/dataset/starRange.ts";

const within = (counts: [number, number][], value: number) => {
  const { min, max } = plausibleStars(new Map(counts));
  return value >= min && value <= max;
};

test("the ends of a scale are plausible, however rare; a timestamp is not", () => {
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
  // A single one among few is found, too.
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

test("without ratings everything is plausible", () => {
  assert.ok(within([], 1e9));
});
