/** Sequences: what is a step, how steps are standardised, and where they end. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { type SequenceSpec, sequence } from "../../../predictor/inputs/sequence.ts";

const PAIRS: SequenceSpec = {
  type: "sequence",
  features: 2,
  maxSteps: 3,
  mean: [1, -1],
  std: [2, 0.5],
};
const PLAIN: SequenceSpec = { type: "sequence", features: 1, maxSteps: 2, mean: [0], std: [1] };
const encode = (spec: SequenceSpec, value: unknown) => [
  ...sequence.encoder("walk", spec)({ walk: value }),
];

test("steps are standardised feature by feature, in double", () => {
  assert.deepEqual(
    encode(PAIRS, [
      [1, -1],
      [3, 0],
    ]),
    [0, 0, 1, 2],
  );
  const spec = { ...PLAIN, mean: [16_777_217], std: [1] };
  assert.deepEqual(encode(spec, [16_777_219]), [2], "in float32 it would be 4 or 0");
});

test("one list of as many numbers as features is one step", () => {
  assert.deepEqual(encode(PAIRS, [3, 0]), encode(PAIRS, [[3, 0]]));
  assert.deepEqual(encode({ ...PLAIN, features: 1 }, [5]), [5]);
});

test("where a step is one number, a list of numbers is a list of steps", () => {
  assert.deepEqual(encode(PLAIN, [5, 6]), [5, 6]);
  assert.deepEqual(encode(PLAIN, [[5], [6]]), [5, 6]);
});

test("steps after the last that the model reads are cut off", () => {
  assert.deepEqual(encode(PLAIN, [1, 2, 3, 4]), [1, 2]);
});

test("no step is none", () => {
  for (const nothing of [undefined, []]) {
    const features = sequence.encoder("walk", PAIRS)({ walk: nothing });
    assert.ok(!sequence.isPresent(features));
    assert.deepEqual(features, sequence.absent());
  }
  assert.ok(sequence.isPresent(sequence.encoder("walk", PAIRS)({ walk: [0, 0] })));
});

test("what is no step is refused where it is, even beyond the end", () => {
  const pair = "is not a step, a list of 2 numbers";
  for (const [spec, value, field, detail] of [
    [PAIRS, "1,2", "walk", "is not a list of steps"],
    [PAIRS, [1, 2, 3], "walk", pair],
    [PAIRS, [1, "2 m"], "walk", pair],
    [PAIRS, [1, "0x2"], "walk", pair],
    [PAIRS, [[1, 2], [1]], "walk[1]", pair],
    [PAIRS, [[1, 2], 3], "walk[1]", pair],
    [
      PAIRS,
      [
        [1, 2],
        [1, Number.NaN],
      ],
      "walk[1]",
      pair,
    ],
    [
      PAIRS,
      [
        [1, 2],
        [1, 2],
        [1, 2],
        [null, 2],
      ],
      "walk[3]",
      pair,
    ],
    [PLAIN, [1, null], "walk[1]", "is not a step, a number"],
    [PLAIN, [[1], [1, 2]], "walk[1]", "is not a step, a number"],
    [PLAIN, [1, 1e300], "walk", "step 2: 1e+300 is too large"],
  ] as const) {
    assert.throws(() => encode(spec, value), { name: "InputError", field, detail });
  }
});

test("numbers may be text or truth values, as in tables; a number alone is a step of one", () => {
  assert.deepEqual(encode(PAIRS, ["1", " 2.5e0 "]), encode(PAIRS, [1, 2.5]));
  assert.deepEqual(encode(PAIRS, [[true, "0"]]), encode(PAIRS, [[1, 0]]));
  assert.deepEqual(encode(PLAIN, 3), encode(PLAIN, [3]));
});

test("a batch has zeros after the last step, and a mask of the steps", () => {
  const rows = [Float32Array.of(1, 2, 3, 4), sequence.absent(), Float32Array.of(5, 6)];
  assert.deepEqual(sequence.collate("walk", PAIRS, rows), {
    walk: {
      type: "float32",
      dims: [3, 3, 2],
      data: Float32Array.of(1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 5, 6, 0, 0, 0, 0),
    },
    walk_mask: { type: "float32", dims: [3, 3], data: Float32Array.of(1, 1, 0, 0, 0, 0, 1, 0, 0) },
  });
});

test("the schema wants a mean and a positive std per feature", () => {
  const issues = (change: object) =>
    sequence.spec
      .safeParse({ ...PAIRS, ...change })
      .error?.issues.map(({ path, message }) => `${path.join(".")}: ${message}`);
  assert.equal(issues({}), undefined);
  assert.deepEqual(issues({ mean: [1] }), ["mean: must have one number per feature, 2"]);
  assert.deepEqual(issues({ std: [1, 2, 3] }), ["std: must have one number per feature, 2"]);
  assert.match(issues({ std: [1, 0] })![0]!, /^std\.1: /);
});
