import assert from "node:assert/strict";
import { test } from "node:test";
import { demographicChoices } from "../../predictor/demographics.ts";

const names = (choices: readonly { readonly name: string }[]) => choices.map(({ name }) => name);

test("MovieLens' codes have names, and its ages are ranges", () => {
  const occupations = Array.from({ length: 21 }, (_, i) => i);
  const choices = demographicChoices({
    genders: ["F", "M"],
    ages: [1, 18, 25, 35, 45, 50, 56],
    occupations,
  });
  assert.deepEqual(choices.genders, [
    { value: "F", name: "female" },
    { value: "M", name: "male" },
  ]);
  assert.deepEqual(names(choices.ages), [
    "under 18",
    "18 to 24",
    "25 to 34",
    "35 to 44",
    "45 to 49",
    "50 to 55",
    "56 and over",
  ]);
  assert.deepEqual(choices.occupations[12], { value: 12, name: "programmer" });
  assert.equal(new Set(names(choices.occupations)).size, 21);
});

test("another data set's values stay as they are, and its ages are its own ranges", () => {
  const choices = demographicChoices({
    genders: ["constructor", "female", "male"],
    ages: [1, 30, 60],
    occupations: [0, 3],
  });
  assert.deepEqual(names(choices.genders), ["constructor", "female", "male"]);
  assert.deepEqual(names(choices.ages), ["under 30", "30 to 59", "60 and over"]);
  assert.deepEqual(names(choices.occupations), ["occupation 0", "occupation 3"]);
  assert.deepEqual(choices.ages[1], { value: 30, name: "30 to 59" });
});

test("one age range holds everybody; without demographics there is nothing to choose", () => {
  const choices = demographicChoices({ genders: [], ages: [18], occupations: [] });
  assert.deepEqual(names(choices.ages), ["any age"]);
  assert.deepEqual([choices.genders, choices.occupations], [[], []]);
});

test("ages of single years have their names", () => {
  const { ages } = demographicChoices({ genders: [], ages: [20, 21, 30, 31], occupations: [] });
  assert.deepEqual(
    ages.map(({ name }) => name),
    ["under 21", "21 to 29", "30", "31 and over"],
  );
});
