import assert from "node:assert/strict";
import { test } from "node:test";
import { subsetMetric } from "../../../../predictor/subsetMetric.ts";
import {
  addIt,
  describeGain,
  gainsOf,
  type Measured,
  measuredCount,
} from "../../../../web/page/answer/missing.ts";
import type { Figure } from "../../../../web/page/targets/targetView.ts";
import { loadStrings } from "../../../../web/strings/load.ts";

await loadStrings("en");

const METRICS = {
  "map@5": 0.9,
  "map@5 from title": 0.5,
  "map@5 from title + poster": 0.6,
  "map@5 from title + ratings": 0.8,
  "map@5 from title + poster + ratings": 0.9,
};

const FIGURE: Figure = {
  key: (groups) => subsetMetric(groups),
  better: "larger",
  worthwhile: 0.01,
  write: (value) => value.toFixed(2),
  name: "ranking precision",
  meaning: "",
};
const GROUPS = ["title", "poster", "ratings"];
const measured = (
  metrics: Readonly<Record<string, number>>,
  curves: Measured["curves"] = {},
): Measured => ({ groups: GROUPS, metrics, curves, figure: FIGURE });
const given = (groups: readonly string[], ratings = 0) => ({ groups, counts: { ratings } });

test("the largest gain comes first", () => {
  assert.deepEqual(gainsOf(given(["title"]), measured(METRICS)), [
    { group: "ratings", more: false, before: 0.5, after: [{ value: 0.8 }] },
    { group: "poster", more: false, before: 0.5, after: [{ value: 0.6 }] },
  ]);
});

test("there are no gains where nothing is missing, or nothing was measured", () => {
  assert.deepEqual(gainsOf(given(GROUPS), measured(METRICS)), []);
  assert.deepEqual(gainsOf(given(["poster"]), measured(METRICS)), []);
  assert.deepEqual(gainsOf(given(["title"]), measured({ "map@5": 0.9 })), []);
});

test("of a figure in which less is better, the smallest comes first", () => {
  const figure = {
    ...FIGURE,
    key: (groups: readonly string[]) => subsetMetric(groups, "mae"),
    better: "smaller",
  } as const;
  const metrics = {
    "mae from title": 0.9,
    "mae from title + poster": 0.8,
    "mae from title + ratings": 0.7,
  };
  const gains = gainsOf(given(["title"]), { ...measured(metrics), figure });
  assert.deepEqual(
    gains.map(({ group }) => group),
    ["ratings", "poster"],
  );
});

/** Figures of every point of the curve, from 0 ratings to all. */
const CURVE = {
  input: "ratings",
  metric: "map@5",
  items: 7,
  counts: [0, 1, 2, 5, 10, 100, null],
  subsets: [
    { groups: ["title", "poster", "ratings"], values: [0.61, 0.66, 0.7, 0.74, 0.81, 0.94, 0.98] },
    { groups: ["title", "ratings"], values: [0.57, 0.63, 0.67, 0.72, 0.8, 0.935, 0.975] },
    { groups: ["ratings"], values: [0.48, 0.55, null, 0.67, 0.76, 0.93, 0.97] },
  ],
};
const withCurve = measured(METRICS, { ratings: CURVE });

test("ratings that are missing are said to add what few of them add, not all", () => {
  assert.deepEqual(gainsOf(given(["title", "poster"]), withCurve), [
    {
      group: "ratings",
      more: false,
      before: 0.61,
      after: [
        { count: 1, value: 0.66 },
        { count: 10, value: 0.81 },
        { count: 100, value: 0.94 },
      ],
    },
  ]);
});

test("of an item with few ratings, the figures are those of as few, and never those of all", () => {
  const gains = (groups: readonly string[], ratings: number) =>
    gainsOf(given(groups, ratings), withCurve).map(({ group, more, before, after }) => [
      more ? `more ${group}` : group,
      before,
      ...after.map(({ value }) => value),
    ]);
  assert.deepEqual(gains(["title", "ratings"], 1), [
    ["more ratings", 0.63, 0.8, 0.935],
    ["poster", 0.63, 0.66],
  ]);
  // 9 have the figures of 5, 10 their own.
  assert.deepEqual(gains(["title", "ratings"], 9), [
    ["more ratings", 0.72, 0.8, 0.935],
    ["poster", 0.72, 0.74],
  ]);
  assert.deepEqual(gains(["title", "ratings"], 10), [
    ["more ratings", 0.8, 0.935],
    ["poster", 0.8, 0.81],
  ]);
  assert.deepEqual(gains(["title", "ratings"], 5000), [["poster", 0.935, 0.94]]);
  // With every input there, more ratings still help.
  assert.deepEqual(gains(GROUPS, 2), [["more ratings", 0.7, 0.81, 0.94]]);
  assert.deepEqual(gains(GROUPS, 100), []);
});

test("where a point has no figure, none is borrowed from movies with more ratings", () => {
  assert.deepEqual(gainsOf(given(["ratings"], 3), withCurve), []);
  assert.deepEqual(gainsOf(given(["poster", "ratings"], 1), withCurve), []);
});

test("figures are measured with as many ratings as the largest count that is not above", () => {
  assert.deepEqual(
    [1, 4, 5, 99, 100, 5000].map((count) => measuredCount(CURVE, count)),
    [1, 2, 5, 10, 100, 100],
  );
});

for (const [before, after, said] of [
  [0.5, 0.6, "rises from 0.50 to 0.60"],
  [0.6, 0.5, "falls from 0.60 to 0.50"],
  [0.6, 0.595, "hardly changes (0.60 to 0.59)"],
] as const) {
  test(`from ${before} to ${after}: precision ${said}`, () => {
    assert.equal(
      describeGain({ group: "poster", more: false, before, after: [{ value: after }] }, FIGURE),
      `Add the poster: ranking precision ${said}.`,
    );
  });
}

test("gains of a list name the numbers of its values", () => {
  const say = (more: boolean, after: { value: number; count: number }[]) =>
    describeGain({ group: "ratings", more, before: 0.6, after }, FIGURE);
  const steps = [
    { count: 1, value: 0.66 },
    { count: 10, value: 0.8 },
    { count: 100, value: 0.95 },
  ];
  assert.equal(
    say(false, steps),
    "Add ratings: ranking precision rises from 0.60 to 0.66 with 1, 0.80 with 10, and 0.95 with 100.",
  );
  assert.equal(
    say(true, steps.slice(1)),
    "Add more ratings: ranking precision rises from 0.60 to 0.80 with 10 and 0.95 with 100.",
  );
  assert.equal(
    say(true, [{ count: 10, value: 0.6 }]),
    "Add more ratings: ranking precision hardly changes (0.60 to 0.60 with 10).",
  );
});

test("what looks like a plural has no article", () => {
  assert.equal(addIt("poster_image"), "Add the poster image");
  assert.equal(addIt("ratings"), "Add ratings");
});
