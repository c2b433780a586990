import assert from "node:assert/strict";
import { test } from "node:test";
import { subsetMetric } from "../../../../predictor/subsetMetric.ts";
import { addIt, describeGain, gainsOf } from "../../../../web/page/answer/missing.ts";
import type { Figure } from "../../../../web/page/targets/targetView.ts";
import { loadStrings } from "../../../../web/strings/strings.ts";

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
const measured = (metrics: Readonly<Record<string, number>>) => ({
  groups: ["title", "poster", "ratings"],
  metrics,
  figure: FIGURE,
});

test("the largest gain comes first", () => {
  assert.deepEqual(gainsOf(["title"], measured(METRICS)), [
    { missing: "ratings", before: 0.5, after: 0.8 },
    { missing: "poster", before: 0.5, after: 0.6 },
  ]);
});

test("there are no gains where nothing is missing, or nothing was measured", () => {
  assert.deepEqual(gainsOf(["title", "poster", "ratings"], measured(METRICS)), []);
  assert.deepEqual(gainsOf(["poster"], measured(METRICS)), []);
  assert.deepEqual(gainsOf(["title"], measured({ "map@5": 0.9 })), []);
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
  const gains = gainsOf(["title"], { ...measured(metrics), figure });
  assert.deepEqual(
    gains.map(({ missing }) => missing),
    ["ratings", "poster"],
  );
});

for (const [before, after, said] of [
  [0.5, 0.6, "rises from 0.50 to 0.60"],
  [0.6, 0.5, "falls from 0.60 to 0.50"],
  [0.6, 0.595, "hardly changes (0.60 to 0.59)"],
] as const) {
  test(`from ${before} to ${after}: precision ${said}`, () => {
    assert.equal(
      describeGain({ missing: "poster", before, after }, FIGURE),
      `Add the poster: ranking precision ${said}.`,
    );
  });
}

test("what looks like a plural has no article", () => {
  assert.equal(addIt("poster_image"), "Add the poster image");
  assert.equal(addIt("ratings"), "Add ratings");
});
