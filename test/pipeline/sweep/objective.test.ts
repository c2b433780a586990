/** The figure that a sweep of any data set is ranked by. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Dataset } from "../../../pipeline/dataset/dataset.ts";
import { describeObjective, objectiveOf } from "../../../pipeline/sweep/objective.ts";

const text = { type: "text", form: "plain", maxCharacters: 100 } as const;
const shop = (target: Dataset["target"], labels: string[]): Dataset => ({
  name: "shop",
  nouns: { item: "product", items: "products", label: "kind", labels: "kinds" },
  synthetic: false,
  inputs: { name: text, details: text },
  target,
  labels,
  users: {},
  movies: Array.from({ length: 9 }, (_, i) => ({
    id: `p${i}`,
    values: { name: "A" },
    labels: target?.type === "number" ? [] : [labels[i % 3]!],
    value: i,
    split: "train" as const,
  })),
  issues: [],
  issueCounts: {},
  noteCounts: {},
  sha256: "",
});
const NUMBER = shop({ type: "number", column: "price" }, ["price"]);
const CLASS = shop({ type: "class", column: "kind" }, ["a", "b", "c"]);

test("by default, it is the target's metric over all items", () => {
  const found = objectiveOf(NUMBER, { input: "all inputs" });
  assert.equal(describeObjective(found), "MAE of all inputs, all products");
  assert.equal(found.better, "smaller");
  assert.equal(objectiveOf(CLASS, { input: "name" }).metric, "accuracy");
  assert.equal(objectiveOf(CLASS, { input: "name" }).better, "larger");
});

test("other figures of the target are known, with their direction", () => {
  const of = (dataset: Dataset, metric: string) =>
    objectiveOf(dataset, { input: "details", metric }).better;
  assert.deepEqual(
    ["RMSE", "R²", "Spearman"].map((metric) => of(NUMBER, metric)),
    ["smaller", "larger", "larger"],
  );
  assert.deepEqual([of(CLASS, "log loss"), of(CLASS, "macro F1")], ["smaller", "larger"]);
});

test("a figure that there is not is refused with the nearest", () => {
  assert.throws(
    () => objectiveOf(CLASS, { input: "all inputs", metric: "acuracy" }),
    /objective\.metric: no figure has the metric "acuracy"; did you mean "accuracy"\?/,
  );
  assert.throws(
    () => objectiveOf(NUMBER, { input: "nane" }),
    /objective\.input: .*did you mean "name"\?/,
  );
  assert.throws(
    () => objectiveOf(NUMBER, { input: "name", group: "unrated" }),
    /objective\.group: no figure has the group "unrated"/,
  );
});
