/** Tables: alignment, escaping, and that a report's metrics are in them. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluate } from "../../../pipeline/evaluate/evaluate.ts";
import {
  formatInterval,
  groupsTable,
  markdownTable,
  metricsTable,
} from "../../../pipeline/evaluate/table.ts";
import { labelsTarget, MOVIE_GROUPING } from "../labelsTarget.ts";

const FACTS = [
  { present: ["title", "ratings"], ratings: 3 },
  { present: ["title", "ratings"], ratings: 9 },
];
const REPORT = evaluate({
  target: labelsTarget(["Drama", "War|Peace"]),
  grouping: MOVIE_GROUPING,
  truth: Uint8Array.of(0, 1, 1, 1),
  facts: FACTS,
  subsets: [
    { name: "title", inputs: ["title"], scores: Float32Array.of(0.9, 0.2, 0.8, 0.7) },
    { name: "poster", inputs: ["poster"], scores: new Float32Array(4) },
  ],
  baselines: [{ name: "frequency", inputs: [], scores: Float32Array.of(0.5, 1, 0.5, 1) }],
  thresholds: { perLabel: [0.5, 0.5], subsets: [] },
  seed: 1,
});

test("markdownTable aligns its source and escapes pipes and line breaks", () => {
  const table = markdownTable(
    ["a", "score"],
    [
      ["x|y\nz", "1"],
      ["ü", "10.5"],
    ],
  );
  assert.deepEqual(table.split("\n"), [
    "| a      | score |",
    "| ------ | ----: |",
    "| x\\|y z |     1 |",
    "| ü      |  10.5 |",
  ]);
});

test("every row of the metrics table has its metrics, and all lines have the same length", () => {
  const lines = metricsTable(REPORT).split("\n");
  assert.deepEqual([...new Set(lines.map((line) => line.length))].length, 1);
  assert.match(lines[0]!, /mAP@5 \[95 %\] \| mAP@1 \| mAP@2 \| +LRAP/);
  assert.match(lines[2]!, /^\| title +\| +2 \| 0\.750 \[0\.500, 1\.000\] \| 0\.500 \| 0\.750/);
  assert.match(lines[3]!, /^\| poster +\| 0 with a poster \| +- \|/);
  assert.match(lines[4]!, /^\| baseline: frequency +\| +2 \| 1\.000 \[1\.000, 1\.000\]/);
});

test("errors in a small unit are told apart", () => {
  const report = evaluate({
    target: {
      ...{ type: "number", column: "length", outputs: ["length"] },
      prior: new Float32Array(1),
    },
    grouping: MOVIE_GROUPING,
    truth: Float64Array.of(1e-7, 3e-7),
    facts: FACTS,
    subsets: [{ name: "title", inputs: ["title"], scores: Float32Array.of(2e-7, 2e-7) }],
    baselines: [],
    thresholds: undefined,
    seed: 1,
  });
  assert.match(metricsTable(report), /\| 1\.00e-7 \[1\.00e-7, 1\.00e-7\] \| 1\.00e-7/);
});

test("groups are columns", () => {
  assert.match(groupsTable(REPORT).split("\n")[0]!, /all movies \(2\) \| +≥ 5 ratings \(1\)/);
});

test("a missing interval is shown as a dash", () => {
  assert.equal(formatInterval(null), "-");
  assert.equal(formatInterval({ mean: 0.94, low: 0.9296, high: 0.9515 }), "0.940 [0.930, 0.952]");
});
