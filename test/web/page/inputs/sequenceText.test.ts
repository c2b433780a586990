/** Numbers as people paste them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { parseSteps, writeSteps } from "../../../../web/page/inputs/sequenceText.ts";

for (const [text, features, steps] of [
  ["", 2, []],
  [" \n ", 2, []],
  [
    "1 2\n3 4",
    2,
    [
      [1, 2],
      [3, 4],
    ],
  ],
  [
    "1,2\r\n\r\n3 , 4\r\n",
    2,
    [
      [1, 2],
      [3, 4],
    ],
  ],
  ["1;2", 2, [[1, 2]]],
  ["a\tb\n-1e3\t.5", 2, [[-1000, 0.5]]],
  ["1 2 3\n4", 1, [[1], [2], [3], [4]]],
  ["price\n7", 1, [[7]]],
  ["[1, 2]", 1, [1, 2]],
  [
    "[[1, 2], [3, 4]]",
    2,
    [
      [1, 2],
      [3, 4],
    ],
  ],
  // The predictor says what is wrong with it.
  ["1 2\n3", 2, [[1, 2], [3]]],
  ['[{"a": 1}]', 2, [{ a: 1 }]],
] as const) {
  test(`${JSON.stringify(text)} as steps of ${features}`, () => {
    assert.deepEqual(parseSteps(text, features, "walk"), steps);
  });
}

for (const [text, detail] of [
  ["1 2\n3 x", 'has "x" in line 2, which is not a number'],
  ["none", 'has "none" in line 1, which is not a number'],
  ["1 Infinity\n", 'has "Infinity" in line 1, which is not a number'],
] as const) {
  test(`${JSON.stringify(text)} is refused`, () => {
    assert.throws(() => parseSteps(text, 2, "walk"), { name: "InputError", field: "walk", detail });
  });
}

test("JSON that is broken is refused as such", () => {
  assert.throws(() => parseSteps("[1,", 1, "walk"), /^InputError: walk: is not JSON/);
});

test("what is written is read back", () => {
  const steps = [
    [1.5, -2],
    [3, 4e-7],
  ];
  assert.deepEqual(parseSteps(writeSteps(steps), 2, "walk"), steps);
  assert.equal(writeSteps([1, 2]), "1\n2");
});
