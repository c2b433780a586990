/** The learning curve in the report: a chart for each input, and what the last items brought. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { LearningCurve, LearningRow } from "../../../pipeline/folds/learningCurve.ts";
import { renderReport } from "../../../pipeline/report/html.ts";
import { learningSection } from "../../../pipeline/report/learningCurve.ts";
import { sampleRun } from "./sampleRun.ts";

const { dataset, learning } = sampleRun();
const section = (curve: LearningCurve) => learningSection(curve, { dataset }).markup;

/** The sample's curve with other held-out scores from all inputs at the last two points. */
function ending(before: number, after: number, better: LearningCurve["better"] = "larger") {
  const points = learning!.points.map((point, i) => ({
    ...point,
    rows: point.rows.map((row): LearningRow => {
      if (i === 0 || row.input !== "all inputs") return row;
      return { ...row, heldOut: { mean: i === 1 ? before : after, std: 0.02 } };
    }),
  }));
  return section({ ...learning!, better, points });
}

test("each input has a chart with a line of its training and of its held-out items", () => {
  const figures = section(learning!).match(/<figure>.*?<\/figure>/gs)!;
  assert.deepEqual(
    figures.map((figure) => /<figcaption>(.*?)<\/figcaption>/.exec(figure)![1]),
    ["poster", "all inputs"],
  );
  for (const [i, figure] of figures.entries()) {
    assert.equal(figure.match(/aria-label="line"/g)!.length, 2);
    // A training score is missing from the poster's.
    assert.equal(figure.match(/<circle /g)!.length, i === 0 ? 5 : 6);
    for (const count of ["100", "200", "400"]) assert.ok(figure.includes(`>${count}<`), count);
  }
});

test("the table has every score with its spread, and the gap between training and held-out items", () => {
  const cells = [...section(learning!).matchAll(/<tr><td>(.*?)<\/td><\/tr>/g)].map(([, row]) =>
    row!.split(/<\/td><td[^>]*>/),
  );
  assert.equal(cells.length, 6);
  assert.deepEqual(cells[0], ["poster", "with a poster", "100", "-", "0.500 ± 0.020", "-"]);
  assert.deepEqual(cells[5]!.slice(2), ["400", "0.910 ± 0.005", "0.700 ± 0.020", "+0.210"]);
});

test("the last step is called help only where it is larger than the folds' spread", () => {
  assert.match(ending(0.6, 0.65), /changes by \+0\.050, more than one standard/);
  assert.match(ending(0.6, 0.615), /changes by \+0\.015, within one standard/);
  assert.match(ending(0.65, 0.6), /changes by -0\.050, in the wrong direction/);
  assert.match(ending(0.65, 0.6, "smaller"), /changes by -0\.050, more than one standard/);
});

test("a run without shares has no such section", async () => {
  const { learning: _, ...run } = sampleRun();
  assert.doesNotMatch(await renderReport(run), /Learning curve/);
  assert.match(await renderReport(sampleRun()), /<h3>Learning curve<\/h3>/);
});
