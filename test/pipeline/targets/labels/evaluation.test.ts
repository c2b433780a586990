/** Thresholds of subsets of inputs. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsEvaluation, verdictShares } from "../../../../pipeline/targets/labels/evaluation.ts";
import { labelsTarget } from "../../labelsTarget.ts";

const N = 40;
const BOTH_OR_ONE = [
  [1, 1],
  [1, 0],
  [0, 1],
  [1, 1],
];
/** Half of the items have both labels, the others one each. */
const TRUTH = Uint8Array.from(Array.from({ length: N }, (_, i) => BOTH_OR_ONE[i % 4]!).flat());
/** Scores that separate the first label at `at`, and the second at `second`. */
const scores = (at: number, second = at) =>
  Float32Array.from(TRUTH, (yes, i) => (i % 2 === 0 ? at : second) + (yes ? 0.05 : -0.05));
const PRESENT = Array.from({ length: N }, (_, i) => (i < 30 ? ["a", "b"] : ["a"]));
const shown = (groups: string[], at: number, second?: number) => ({
  groups,
  scores: scores(at, second),
  present: PRESENT.map((own) => own.filter((group) => groups.includes(group))),
});

test("each subset has a threshold of its own, and items with all inputs keep those of labels", () => {
  const all = [shown(["a", "b"], 0.5), shown(["a"], 0.3), shown(["b"], 0.1)];
  const { perLabel, subsets } = labelsEvaluation.tune!(all, TRUTH, labelsTarget(2));
  assert.ok(Math.abs(perLabel[0]! - 0.5) < 1e-6, String(perLabel));
  assert.deepEqual(
    subsets.map(({ groups, threshold }) => [groups, Number(threshold.toFixed(3))]),
    [
      [["a"], 0.3],
      [["b"], 0.1],
    ],
  );
});

test("items without a verdict, and those whose likeliest label is missing from the answer, are counted", () => {
  const verdict = (row: number[], reached: boolean[], selected = reached) => ({
    row,
    reached,
    selected,
  });
  const [no, yes] = [false, true];
  const verdicts = [
    verdict([0.5, 0.3], [no, yes]),
    verdict([0.5, 0.3], [no, yes], [yes, yes]),
    verdict([0.4, 0.2], [no, no], [yes, no]),
    verdict([0.4, 0.2], [no, no]),
    verdict([0.4, 0.2], [no, no], [no, yes]),
    verdict([0.2, 0.4], [no, yes]),
    verdict([0.4, 0.4], [yes, no]),
    verdict([0.4, 0.4], [no, yes]),
  ];
  assert.deepEqual(verdictShares(verdicts), [3 / 8, 4 / 8]);
});

test("a verdict is by the thresholds of the inputs that an item has, and never lacks the likeliest label", () => {
  const thresholds = { perLabel: [0.75, 0.25], subsets: [{ groups: ["a"], threshold: 0.5 }] };
  const rows: [scores: number[], present: string[]][] = [
    // Only the second, less probable label reaches its threshold.
    [
      [0.5, 0.3],
      ["a", "b"],
    ],
    // None does.
    [
      [0.4, 0.2],
      ["a", "b"],
    ],
    [[0.4, 0.3], ["a"]],
    // The subset's threshold is the same for both.
    [[0.5, 0.3], ["a"]],
    [
      [0.8, 0.3],
      ["a", "b"],
    ],
  ];
  const scored = {
    scores: Float32Array.from(rows.flatMap(([row]) => row)),
    truth: new Uint8Array(2 * rows.length),
    target: labelsTarget(2),
  };
  const decided = { thresholds, present: rows.map(([, present]) => present) };
  const values = (decisions: typeof decided | undefined) =>
    labelsEvaluation
      .figures(scored, decisions)
      .flatMap(({ metric, value }) => (/verdict|missing/.test(metric) ? [[metric, value]] : []));
  assert.deepEqual(values(decided), [
    ["no verdict", 2 / 5],
    ["likeliest missing", 0],
  ]);
  assert.deepEqual(values(undefined), [
    ["no verdict", null],
    ["likeliest missing", null],
  ]);
});

test("what is answered in the place of what: each missing label with each wrong one", () => {
  const scored = {
    scores: Float32Array.of(0.9, 0.1, 0.1, 0.1, 0.9, 0.9, 0.9, 0.9, 0.1, 0.9, 0.9, 0.1),
    truth: Uint8Array.of(0, 1, 1, 1, 0, 0, 1, 1, 0, 1, 0, 1),
    target: labelsTarget(3),
  };
  const thresholds = { perLabel: [0.5, 0.5, 0.5], subsets: [] };
  const present = [["a"], ["a"], ["a"], ["a"]];
  const [a, b, c] = scored.target.outputs as [string, string, string];
  assert.deepEqual(labelsEvaluation.detail(scored, { thresholds, present }).confusions, [
    { missed: a, answered: b, items: 1 },
    { missed: a, answered: c, items: 1 },
    { missed: b, answered: a, items: 1 },
    { missed: c, answered: a, items: 1 },
    { missed: c, answered: b, items: 1 },
  ]);
});

test("a subset has none where the labels' own are better", () => {
  const parts = [shown(["a", "b"], 0.2, 0.6), shown(["a"], 0.2, 0.6), shown(["b"], 0.1)];
  const { subsets } = labelsEvaluation.tune!(parts, TRUTH, labelsTarget(2));
  assert.deepEqual(
    subsets.map(({ groups }) => groups),
    [["b"]],
  );
});

test("a subset that few items have has none", () => {
  const few = PRESENT.map((own, i) => (i < 19 ? own : ["a"]));
  const part = { ...shown(["b"], 0.1), present: few.map((own) => own.filter((g) => g === "b")) };
  const { subsets } = labelsEvaluation.tune!(
    [shown(["a", "b"], 0.5), part],
    TRUTH,
    labelsTarget(2),
  );
  assert.deepEqual(subsets, []);
});

test("F1 is of what users get: the threshold of the inputs that an item has, and never nothing", () => {
  const thresholds = { perLabel: [0.5, 0.5], subsets: [{ groups: ["a"], threshold: 0.3 }] };
  const scored = {
    scores: Float32Array.of(0.4, 0.1, 0.4, 0.1, 0.2, 0.1),
    truth: Uint8Array.of(1, 0, 0, 1, 0, 1),
    target: labelsTarget(2),
  };
  const f1 = (present: string[][]) =>
    labelsEvaluation
      .figures(scored, { thresholds, present })
      .find(({ metric }) => metric === "F1 micro")!.value;
  // Only the first label of each item: as the most probable one, or above 0.3.
  assert.equal(f1([["a", "b"], ["a"], ["a"]]), (2 * 1) / 6);
  const low = { ...thresholds, subsets: [{ groups: ["a"], threshold: 0.05 }] };
  const [micro] = labelsEvaluation
    .figures(scored, { thresholds: low, present: [["a", "b"], ["a"], ["a"]] })
    .filter(({ metric }) => metric === "F1 micro");
  // Both labels of the last two items.
  assert.equal(micro!.value, (2 * 3) / (5 + 3));
});
