import assert from "node:assert/strict";
import { test } from "node:test";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { createItemEncoder } from "../../predictor/item.ts";
import {
  addCounts,
  countItem,
  createObserver,
  emptyCounts,
  type Observation,
  profileOf,
  readProfile,
  writeProfile,
} from "../../predictor/profile.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { targetTypeOf } from "../../predictor/targets/types.ts";
import { sampleInputs, sampleTarget } from "./sampleManifest.ts";

const INPUTS: InputSpecs = {
  ...sampleInputs(),
  tags: { type: "category", values: ["red", "blue"], maxValues: 4 },
};
const TARGET = sampleTarget(["x", "y", "z"]);
const DESCRIBED = { inputs: INPUTS, target: TARGET };

function observe(item: object, row: readonly number[], target: TargetSpec = TARGET): Observation {
  const features = createItemEncoder(INPUTS).encode(item as never);
  const outcome = targetTypeOf(target).outcome(target, Float32Array.from(row), []);
  return createObserver({ inputs: INPUTS, target })(features, outcome);
}

test("an observation has the top score, what is selected, and which inputs are there", () => {
  const { score, selected, present } = observe({ title: "the", year: 1990 }, [0.25, 0.75, 0.5]);
  assert.equal(score, 0.75);
  assert.deepEqual([...selected].sort(), [1, 2]);
  assert.deepEqual(present, [true, true, false, false, false]);
});

test("a number's score is the number, and nothing is selected; a class's is that of the class", () => {
  const number = { type: "number", name: "price", min: 0, max: 9 } as const;
  assert.deepEqual(observe({}, [-2.5], number).score, -2.5);
  assert.deepEqual(observe({}, [-2.5], number).selected, []);
  const { score, selected } = observe({}, [0.25, 0.5, 0.25], {
    type: "class",
    classes: ["x", "y", "z"],
  });
  assert.deepEqual([score, selected], [0.5, [1]]);
});

test("unknown values are words, users and categories that training did not see", () => {
  const unknownOf = (item: object) => observe(item, [0, 0, 0]).unknown;
  // Two words have places: the known "net", and one that is not.
  assert.deepEqual(unknownOf({ title: "net cats" }), [0.5, 0, 0, 0, 0]);
  const ratings = [
    { user: "7", stars: 4 },
    { user: "new", stars: 4 },
    // Known by group only.
    { gender: "F", age: 30, stars: 1 },
    { stars: 3 },
  ];
  assert.deepEqual(unknownOf({ ratings }), [0, 0, 0, 0.75, 0]);
  assert.deepEqual(unknownOf({ tags: ["red", "pink", "grey", "blue"] }), [0, 0, 0, 0, 0.5]);
  assert.deepEqual(unknownOf({}), [0, 0, 0, 0, 0]);
});

test("a profile has a tenth of the scores in each bin", () => {
  const rows = Array.from({ length: 1000 }, (_, i) => [((i * 379) % 1000) / 1000, 0, 0]);
  const profile = profileOf(
    rows.map((row) => observe({ title: "the" }, row)),
    DESCRIBED,
  )!;
  assert.equal(profile.edges.length, 9);
  for (const count of profile.bins) assert.ok(Math.abs(count - 100) <= 1, String(profile.bins));
  assert.deepEqual(
    profile.edges,
    profile.edges.toSorted((a, b) => a - b),
  );
  assert.deepEqual(profile.present, [1000, 0, 0, 0, 0]);
});

test("equal scores share a bin, and no items make no profile", () => {
  const profile = profileOf(
    Array.from({ length: 20 }, () => observe({}, [0.5, 0, 0])),
    DESCRIBED,
  )!;
  assert.deepEqual([profile.edges, profile.bins], [[0.5], [20, 0]]);
  assert.equal(profileOf([], DESCRIBED), undefined);
});

test("a file of it is read as it was written", () => {
  const items = [{ title: "net cats" }, { tags: ["red"] }, {}];
  const profile = profileOf(
    items.map((item, i) => observe(item, [0.2 * i, 0.6, 0.1])),
    DESCRIBED,
  )!;
  const text = writeProfile(profile, DESCRIBED);
  assert.deepEqual(readProfile(text, DESCRIBED), profile);
  assert.ok(text.length < 2000);
});

test("what does not fit the manifest, or is no profile, is refused in a sentence", () => {
  const profile = profileOf([observe({}, [0.5, 0, 0])], DESCRIBED)!;
  const json = JSON.parse(writeProfile(profile, DESCRIBED));
  for (const [change, expected] of [
    [{ formatVersion: 2 }, /profile\.json is not valid: .*formatVersion/s],
    [{ items: 0 }, /items/],
    [{ inputs: {} }, /has nothing about "title"/],
    [{ selected: { x: 1, y: -1, z: 1 } }, /must be a count for each name.*selected/s],
    [{ selected: null }, /must be a count for each name/],
    [{ selected: { x: 1, y: 1 } }, /has nothing about "z"/],
    [{ score: { edges: [1, 2], counts: [1] } }, /n \+ 1 bins/],
  ] as const) {
    assert.throws(() => readProfile(JSON.stringify({ ...json, ...change }), DESCRIBED), expected);
  }
  assert.throws(() => readProfile("{", DESCRIBED), /profile\.json is not JSON/);
});

test("counts add up, and are taken away again", () => {
  const profile = profileOf([observe({}, [0.5, 0, 0]), observe({}, [0.75, 0, 0])], DESCRIBED)!;
  const total = emptyCounts(profile);
  const one = emptyCounts(profile);
  countItem(one, profile.edges, observe({ title: "cat" }, [0.75, 0.9, 0]));
  addCounts(total, profile);
  addCounts(total, one);
  assert.equal(total.items, 3);
  assert.deepEqual(total.selected, [3, 1, 0]);
  assert.deepEqual(total.unknown, [1, 0, 0, 0, 0]);
  addCounts(total, one, -1);
  const { edges: _, ...counts } = profile;
  assert.deepEqual(total, counts);
});

test("labels may have the names of what every object has", () => {
  const described = { inputs: INPUTS, target: sampleTarget(["__proto__", "constructor", "x"]) };
  const profile = profileOf([observe({}, [0.75, 0.75, 0], described.target)], described)!;
  const read = readProfile(writeProfile(profile, described), described);
  assert.deepEqual(read.selected, [1, 1, 0]);
  const json = JSON.parse(writeProfile(profile, described));
  assert.throws(
    () => readProfile(JSON.stringify({ ...json, selected: { x: 1 } }), described),
    /has nothing about "__proto__"/,
  );
});
