/** Charts of a sweep: the objective by trial, by share of the epochs, and by each parameter. */

import * as Plot from "@observablehq/plot";
import { AXIS_LABEL, CURVE_HEIGHT, CURVE_WIDTH, STYLE, WIDTH } from "../report/charts.ts";
import type { Html } from "../report/markup.ts";
import { draw } from "../report/plot.ts";
import { type Entry, furthest, scoreOf } from "./ranking.ts";
import { textOf } from "./results.ts";
import type { Objective, Parameter, Range } from "./schema.ts";

interface Point {
  readonly trial: number;
  readonly share: number;
  readonly value: unknown;
  readonly mean: number;
  readonly low: number;
  readonly high: number;
  readonly chosen: boolean;
}

const MARGINS = { marginTop: 16, marginLeft: 56, marginRight: 16, marginBottom: 40 };
const GRID = () => Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 });
const AXIS_Y = () => Plot.axisY({ tickSize: 0, ticks: 5, color: "var(--muted)", label: null });

/** Mean and standard deviation of each trial's longest training, by trial number. */
export function trialsChart(
  entries: readonly Entry[],
  objective: Objective,
  winner: Entry | undefined,
): Html {
  const points = pointsOf(furthest(entries), objective, winner);
  return draw({
    ...STYLE,
    ...MARGINS,
    ariaDescription: "Mean and standard deviation of the objective over the folds, by trial",
    width: WIDTH,
    height: 300,
    x: { interval: 1, inset: 12 },
    y: { nice: true },
    marks: [
      GRID(),
      Plot.axisX({
        tickSize: 0,
        ticks: Math.min(20, points.length),
        tickFormat: "d",
        color: "var(--muted)",
        label: "trial",
        ...AXIS_LABEL,
      }),
      AXIS_Y(),
      ...dots(points, "trial"),
    ],
  });
}

/** One line per trial, over the shares of the epochs that it was trained with. */
export function rungsChart(
  entries: readonly Entry[],
  objective: Objective,
  winner: Entry | undefined,
): Html {
  const points = pointsOf(entries, objective, winner);
  const line = (data: readonly Point[], stroke: string, strokeWidth: number) =>
    Plot.line(data, { x: "share", y: "mean", z: "trial", stroke, strokeWidth });
  return draw({
    ...STYLE,
    ...MARGINS,
    ariaDescription: "Objective of each trial by the share of its epochs",
    width: WIDTH,
    height: 300,
    x: { type: "log", inset: 12 },
    y: { nice: true },
    marks: [
      GRID(),
      Plot.axisX([...new Set(points.map(({ share }) => share))], {
        tickSize: 0,
        color: "var(--muted)",
        label: "share of the epochs",
        tickFormat: ".0%",
        ...AXIS_LABEL,
      }),
      AXIS_Y(),
      line(points, "var(--series-muted)", 1),
      line(
        points.filter(({ chosen }) => chosen),
        "var(--series-2)",
        2,
      ),
      Plot.dot(points, { x: "share", y: "mean", fill: colourOf, r: 3 }),
    ],
  });
}

/** The objective over one parameter, on the first rung: there all trials have the same number of epochs. */
export function parameterChart(
  { path, choice }: Parameter,
  entries: readonly Entry[],
  objective: Objective,
  winner: Entry | undefined,
): Html {
  const first = entries.filter(({ rung }) => rung === 0);
  const points = pointsOf(first, objective, winner, path);
  const range = "min" in choice ? choice : undefined;
  const numeric = points.every(({ value }) => typeof value === "number");
  const named = numeric ? points : points.map((p) => ({ ...p, value: textOf(p.value) }));
  const names = new Set(named.map(({ value }) => value)).size;
  return draw({
    ...STYLE,
    ...MARGINS,
    ...(numeric ? {} : { marginBottom: 72 }),
    ariaDescription: "Objective by the values of one parameter",
    width: CURVE_WIDTH,
    height: CURVE_HEIGHT,
    x: numeric
      ? {
          type: range?.scale ?? "linear",
          inset: 12,
          ...(range ? { domain: [range.min, range.max] } : {}),
        }
      : { type: "point", padding: 0.6 },
    y: { nice: true },
    marks: [
      GRID(),
      Plot.axisX({
        tickSize: 0,
        color: "var(--muted)",
        label: path,
        ...AXIS_LABEL,
        ...(numeric
          ? { ticks: 5, tickFormat: tickFormatOf(range) }
          : { lineWidth: LABEL_WIDTH / names, labelOffset: 66 }),
      }),
      AXIS_Y(),
      ...dots(named, "value"),
    ],
  });
}

/** On a logarithmic scale over a decade or more, labels only powers of ten: there is no room for others. */
function tickFormatOf(range: Range | undefined): (value: number) => string {
  const sparse = range?.scale === "log" && range.max / range.min >= 10;
  return (value) =>
    sparse && !Number.isInteger(Number(Math.log10(value).toFixed(6)))
      ? ""
      : String(Number(value.toPrecision(3)));
}

/** Total width of the labels of a parameter's values, in em. */
const LABEL_WIDTH = 24;

function dots(points: readonly Point[], x: "trial" | "value"): Plot.Markish[] {
  return [
    Plot.ruleX(points, { x, y1: "low", y2: "high", stroke: colourOf, strokeOpacity: 0.5 }),
    Plot.dot(points, { x, y: "mean", fill: colourOf, r: 4 }),
  ];
}

function colourOf({ chosen }: Point): string {
  return chosen ? "var(--series-2)" : "var(--series-1)";
}

function pointsOf(
  entries: readonly Entry[],
  objective: Objective,
  winner: Entry | undefined,
  path?: string,
): Point[] {
  return entries.flatMap((entry) => {
    const score = scoreOf(entry, objective);
    if (!score) return [];
    const { trial, share } = entry;
    return {
      trial: trial.number,
      share,
      value: path === undefined ? undefined : trial.values[path],
      mean: score.mean,
      low: score.mean - score.std,
      high: score.mean + score.std,
      chosen: trial.number === winner?.trial.number,
    };
  });
}
