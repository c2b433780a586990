/** The list of the items that a model gets most wrong, of every type of target. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { worstItems } from "../../../pipeline/evaluate/mistakes.ts";
import type { EncodedMovie } from "../../../pipeline/fit/prepare.ts";
import type { FittedTarget } from "../../../pipeline/targets/targetRules.ts";
import { labelsTarget } from "../labelsTarget.ts";

const item = (id: string, values: object) => ({ source: { id, values } }) as EncodedMovie;
const MOVIES = [
  item("1", { poster: "1.jpg", title: "Right" }),
  item("2", { title: "Wrong, and sure of it" }),
  item("3", { poster: "3.jpg" }),
  item("4", { title: "x".repeat(200) }),
];
const decisions = {
  thresholds: { perLabel: [0.5, 0.5], subsets: [] },
  present: MOVIES.map(() => ["title"]),
};
const list = (scored: Parameters<typeof worstItems>[0]["scored"], count: number) =>
  worstItems({ scored, decisions, movies: MOVIES, texts: ["title"], count });

test("labels: the worst first, of equally bad ones the most confident; names are texts or ids, and right ones are not listed", () => {
  const scores = Float32Array.of(0.9, 0.1, 0.05, 0.95, 0.45, 0.55, 0.2, 0.7);
  const scored = { scores, truth: Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 1), target: labelsTarget(2) };
  const [a, b] = scored.target.outputs as [string, string];
  assert.deepEqual(list(scored, 4), [
    { name: "Wrong, and sure of it", truth: a, answer: `${b} 0.95`, score: "0.500" },
    { name: "3", truth: a, answer: `${b} 0.55`, score: "0.500" },
  ]);
  assert.equal(list(scored, 1).length, 1);
  assert.deepEqual(list(scored, 0), []);
});

test("a class: wrong answers first, with their probability", () => {
  const target: FittedTarget = { type: "class", outputs: ["a", "b"], prior: new Float32Array(2) };
  const scores = Float32Array.of(0.9, 0.1, 0.2, 0.8, 0.6, 0.4, 0.3, 0.7);
  const truth = Uint8Array.of(1, 0, 1, 0, 1, 0, 0, 1);
  const found = list({ scores, truth, target }, 4);
  assert.deepEqual(
    found.map(({ truth, answer }) => [truth, answer]),
    [["a", "b 0.80"]],
  );
});

test("a number: the largest errors first", () => {
  const target: FittedTarget = {
    ...{ type: "number", outputs: ["price"], prior: new Float32Array(1) },
    range: { mean: 0, std: 1, min: 0, max: 9 },
  };
  const scored = {
    scores: Float32Array.of(1, 2000, 3, 4.25),
    truth: Float64Array.of(1, 9, 3, 4),
    target,
  };
  assert.deepEqual(list(scored, 4), [
    { name: "Wrong, and sure of it", truth: "9", answer: "2,000", score: "1991.000" },
    { name: `${"x".repeat(79)}…`, truth: "4", answer: "4.25", score: "0.250" },
  ]);
});
