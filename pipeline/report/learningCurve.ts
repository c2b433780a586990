/** The report's learning curve: scores of training and held-out items by the number of training items. */

import * as Plot from "@observablehq/plot";
import { formatScore } from "../evaluate/table.ts";
import type { LearningCurve, LearningPoint, LearningRow } from "../folds/learningCurve.ts";
import type { Spread } from "../folds/summary.ts";
import { AXIS_LABEL, CURVE_HEIGHT, CURVE_WIDTH, STYLE } from "./charts.ts";
import { formatCount } from "./format.ts";
import { type Html, howToRead, html, key, table } from "./markup.ts";
import { draw } from "./plot.ts";
import type { RunRecord } from "./runRecord.ts";
import { HELD_OUT, TRAINING } from "./style.ts";

/** Charts for each input alone and for all of them, and a table. */
export function learningSection(
  { points, metric, better, folds }: LearningCurve,
  { dataset: { nouns } }: Pick<RunRecord, "dataset">,
): Html {
  const { items } = nouns;
  const rows = points.at(-1)!.rows;
  const [high, low] = better === "larger" ? ["high", "low"] : ["low", "high"];
  return html`<h3>Learning curve</h3>
<p>${metric} by the number of ${items} that the towers were trained on: ${key(TRAINING)} of these ${items} themselves,
${key(HELD_OUT)} of the ${items} of the fold that was held out; the dots are means over the ${folds} folds, the vertical
lines reach one standard deviation to either side, and each step to the right adds ${items} to those before it.</p>
${howToRead(`the gap between the two lines is what the model knows of its training ${items} only (variance). Where it is wide,
and the line of the held-out ${items} still ${better === "larger" ? "rises" : "falls"} at the right end, more ${items} help, and so may stronger
regularisation. Where the lines have nearly met and are flat, more ${items} change nothing: if they are ${high}, this is as good as
the inputs allow; if they are ${low}, a larger model or other inputs are needed (bias). Differences smaller than the vertical
lines mean nothing. The number of epochs is the same everywhere, so that fewer ${items} are fewer training steps: where both
lines are ${low} at the left end, a tower that is trained in epochs has had too few of them.`)}
<div class="pair">${rows.map(({ input }, i) => figureOf(input, i, { points, metric }))}</div>
${lastStep(points, { metric, better })}
${table(
  [
    "inputs",
    items,
    `trained on`,
    `${metric}, training ${items}`,
    `${metric}, held-out ${items}`,
    "gap",
  ],
  rows.flatMap((_, i) =>
    points.map(({ items: count, rows }) => {
      const { input, group, training, heldOut } = rows[i]!;
      return [input, group, formatCount(count), spread(training), spread(heldOut), gap(rows[i]!)];
    }),
  ),
  [false, false, true, true, true, true],
)}`;
}

function figureOf(
  input: string,
  row: number,
  { points, metric }: Pick<LearningCurve, "points" | "metric">,
): Html {
  const lines = [
    { colour: TRAINING, pick: ({ training }: LearningRow) => training },
    { colour: HELD_OUT, pick: ({ heldOut }: LearningRow) => heldOut },
  ].map(({ colour, pick }) => ({
    colour,
    data: points.flatMap(({ items, rows }) => {
      const spread = pick(rows[row]!);
      return spread ? [pointOf(items, spread)] : [];
    }),
  }));
  return html`<figure>${draw({
    ...STYLE,
    ariaDescription: `${metric} of training and held-out items by the number of training items`,
    width: CURVE_WIDTH,
    height: CURVE_HEIGHT,
    marginTop: 24,
    marginLeft: 48,
    marginBottom: 40,
    x: { type: "log", inset: 8 },
    y: { nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisX({
        ticks: points.map(({ items }) => items),
        ...{ tickSize: 0, color: "var(--muted)", tickFormat: formatCount },
        ...{ label: "training items, log scale", ...AXIS_LABEL },
      }),
      Plot.axisY({
        tickSize: 0,
        ticks: 5,
        color: "var(--muted)",
        label: metric,
        labelArrow: "none",
      }),
      ...lines.flatMap(({ colour, data }) => [
        Plot.ruleX(data, { x: "x", y1: "low", y2: "high", stroke: colour, strokeOpacity: 0.5 }),
        Plot.line(data, { x: "x", y: "mean", stroke: colour, strokeWidth: 2 }),
        Plot.dot(data, { x: "x", y: "mean", fill: colour, r: 3 }),
      ]),
    ],
  })}
<figcaption>${input}</figcaption></figure>\n`;
}

function pointOf(x: number, { mean, std }: Spread) {
  return { x, mean, low: mean - std, high: mean + std };
}

/** What the last addition of items brought, from all inputs, beside its noise. */
function lastStep(
  points: readonly LearningPoint[],
  { metric, better }: Pick<LearningCurve, "metric" | "better">,
): Html | string {
  const [before, last] = points.slice(-2).map(({ items, rows }) => ({ items, row: rows.at(-1)! }));
  const [from, to] = [before?.row.heldOut, last?.row.heldOut];
  if (!from || !to) return "";
  const change = to.mean - from.mean;
  const noise = Math.max(from.std, to.std);
  const gained = better === "larger" ? change : -change;
  const verdict =
    Math.abs(change) <= noise
      ? "within one standard deviation of the folds: more of them would change little, or are too few to tell"
      : gained > 0
        ? "more than one standard deviation of the folds: more of them can be expected to help"
        : "in the wrong direction by more than one standard deviation of the folds";
  return html`<p>From ${formatCount(before!.items)} to ${formatCount(last!.items)} training items, held-out ${metric} of
${last!.row.input} changes by ${signed(change, from.mean)}, ${verdict}.</p>`;
}

function spread(value: Spread | null): string {
  return value ? `${formatScore(value.mean)} ± ${formatScore(value.std, value.mean)}` : "-";
}

function gap({ training, heldOut }: LearningRow): string {
  return training && heldOut ? signed(training.mean - heldOut.mean, heldOut.mean) : "-";
}

/** "+0.012" @param scale A score that it is a difference from. */
function signed(value: number, scale: number): string {
  return `${value < 0 ? "-" : "+"}${formatScore(Math.abs(value), scale)}`;
}
