/** The report's charts as SVG markup, drawn by Observable Plot on linkedom's DOM. */

import * as Plot from "@observablehq/plot";
import type { Chart } from "../targets/blocks.ts";
import type { CalibrationBin } from "../targets/targetRules.ts";
import type { Html } from "./markup.ts";
import { draw } from "./plot.ts";

/** A horizontal bar; its interval, if any, is drawn over its end. */
export interface Bar {
  readonly label: string;
  readonly value: number;
  readonly interval?: { readonly low: number; readonly high: number };
  /** Drawn in a second colour, e.g. for baselines. */
  readonly muted?: boolean;
}

export interface Curve {
  readonly points: readonly { readonly x: number; readonly y: number }[];
  /** x of the point that a vertical line marks. */
  readonly mark?: number;
  readonly colour: string;
}

export interface BarOptions {
  /** Accessible description of the chart; must not contain names from the data. */
  readonly description: string;
  /** Label of the horizontal axis. */
  readonly axis: string;
  /** Right end of the axis; default: the largest value. */
  readonly max?: number;
  readonly format: (value: number) => string;
}

/** Width of a chart in pixels; narrow pages scale charts down. */
export const WIDTH = 760;
/** Height of a bar with its margin, in pixels. */
const BAR_PITCH = 28;
/** Size of half-width charts, in pixels. */
export const CURVE_WIDTH = 370;
export const CURVE_HEIGHT = 240;
/** Approximate mean width of a character at 12 px, in pixels. */
const CHARACTER = 6.4;

/** Colours are the page's CSS variables, so that charts follow light and dark mode. */
export const STYLE = {
  className: "chart",
  style: { fontSize: "12px", fontFamily: "inherit", background: "none" },
};

/** A plot of points or of a curve. */
const CURVE = {
  ...STYLE,
  width: CURVE_WIDTH,
  height: CURVE_HEIGHT,
  marginTop: 12,
  marginLeft: 48,
  marginBottom: 40,
};

/** Places an axis label below the tick labels, at the right end. */
export const AXIS_LABEL = { labelArrow: "none", labelAnchor: "right", labelOffset: 34 } as const;

/** Horizontal bars in the given order, with their values next to them. */
export function barChart(bars: readonly Bar[], options: BarOptions): Html {
  const { description, axis, format } = options;
  const ends = bars.map((bar) => bar.interval?.high ?? bar.value);
  const max = options.max ?? Math.max(...ends, 0);
  const longest = Math.max(0, ...bars.map(({ label }) => [...label].length));
  const data = bars.map((bar, i) => ({ ...bar, end: ends[i]! }));
  const whiskers = data.flatMap(({ label, interval }) =>
    interval ? [{ label, ...interval }] : [],
  );
  return draw({
    ...STYLE,
    ariaDescription: description,
    width: WIDTH,
    height: 48 + BAR_PITCH * bars.length,
    marginLeft: Math.min(300, 28 + CHARACTER * longest),
    marginRight: 64,
    marginTop: 8,
    marginBottom: 40,
    x: { domain: [0, max > 0 ? max : 1], label: axis },
    y: { domain: bars.map(({ label }) => label), label: null, padding: 0.35 },
    marks: [
      Plot.gridX({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({ ticks: 6, tickSize: 0, color: "var(--muted)", ...AXIS_LABEL }),
      Plot.axisY({ tickSize: 0 }),
      Plot.barX(data, {
        x: "value",
        y: "label",
        fill: (bar: Bar) => (bar.muted ? "var(--series-muted)" : "var(--series-1)"),
        rx: 2,
      }),
      Plot.ruleY(whiskers, { x1: "low", x2: "high", y: "label", stroke: "var(--ink)" }),
      Plot.tickX(whiskers, { x: "low", y: "label", stroke: "var(--ink)", inset: 5 }),
      Plot.tickX(whiskers, { x: "high", y: "label", stroke: "var(--ink)", inset: 5 }),
      Plot.text(data, {
        x: "end",
        y: "label",
        text: (bar: Bar) => format(bar.value),
        textAnchor: "start",
        dx: 6,
      }),
      Plot.ruleX([0], { stroke: "var(--muted)" }),
    ],
  });
}

/** Values over the epochs. */
export function curveChart(
  curves: readonly Curve[],
  { description, axis }: Pick<BarOptions, "description" | "axis">,
): Html {
  const marks: Plot.Markish[] = [
    Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
    Plot.axisX({ tickSize: 0, color: "var(--muted)", label: "epoch", ...AXIS_LABEL }),
    Plot.axisY({ tickSize: 0, ticks: 5, color: "var(--muted)", label: axis, labelArrow: "none" }),
  ];
  for (const { points, colour, mark } of curves) {
    marks.push(
      Plot.line(points, { x: "x", y: "y", stroke: colour, strokeWidth: 2 }),
      Plot.dot(points, { x: "x", y: "y", fill: colour, r: 2.5 }),
    );
    if (mark === undefined) continue;
    const marked = points.filter(({ x }) => x === mark);
    marks.push(
      Plot.ruleX(marked, { x: "x", stroke: "var(--ink)", strokeDasharray: "3 3" }),
      Plot.dot(marked, { x: "x", y: "y", fill: "var(--ink)", r: 4 }),
    );
  }
  return draw({
    ...CURVE,
    marginTop: 24,
    ariaDescription: description,
    // Integer ticks only: a scale with one epoch must not have ticks at halves.
    x: { interval: 1, ticks: Math.min(8, curves[0]?.points.length ?? 1), tickFormat: "d" },
    y: { nice: true },
    marks,
  });
}

/** Counts by row and column, darker where there are more in the row. */
export function matrixChart({ names, counts, description }: Chart & { kind: "matrix" }): Html {
  const cells = counts.flatMap((row, r) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.flatMap((count, c) =>
      count === 0 ? [] : [{ x: names[c]!, y: names[r]!, count, share: count / total }],
    );
  });
  const longest = Math.max(0, ...names.map((name) => [...name].length));
  const margin = Math.min(220, 24 + CHARACTER * longest);
  return draw({
    ...STYLE,
    ariaDescription: description,
    width: WIDTH,
    height: margin + 32 + BAR_PITCH * names.length,
    marginLeft: margin,
    marginBottom: margin,
    marginTop: 12,
    x: { domain: names, tickRotate: -60, label: "answer", tickSize: 0 },
    y: { domain: names, label: null, tickSize: 0 },
    marks: [
      Plot.cell(cells, {
        x: "x",
        y: "y",
        fill: "var(--series-1)",
        fillOpacity: "share",
        inset: 0.5,
      }),
      Plot.text(cells, { x: "x", y: "y", text: (cell: { count: number }) => String(cell.count) }),
    ],
  });
}

/** Points, and a line to compare them with. */
export function pointsChart(chart: Chart & { kind: "points" }): Html {
  const { points, xAxis, yAxis, description, line } = chart;
  const ends = extent(points.map(({ x }) => x));
  return draw({
    ...STYLE,
    ariaDescription: description,
    width: WIDTH,
    height: 380,
    marginTop: 24,
    marginLeft: 60,
    marginBottom: 44,
    y: { nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 6 }),
      Plot.axisX({ tickSize: 0, color: "var(--muted)", label: xAxis, ...AXIS_LABEL }),
      Plot.axisY({ tickSize: 0, ticks: 6, color: "var(--muted)", label: yAxis }),
      Plot.dot(points, { x: "x", y: "y", r: 2, fill: "var(--series-1)", fillOpacity: 0.4 }),
      Plot.line(
        ends.map((x) => ({ x, y: line === "y = x" ? x : 0 })),
        { x: "x", y: "y", stroke: "var(--ink)", strokeDasharray: "3 3" },
      ),
    ],
  });
}

function extent(values: readonly number[]): number[] {
  if (values.length === 0) return [];
  return [values.reduce((a, b) => Math.min(a, b)), values.reduce((a, b) => Math.max(a, b))];
}

/** How often answers are right, by their probability. */
export function reliabilityChart(bins: readonly CalibrationBin[], description: string): Html {
  const line = [0, 1].map((at) => ({ at }));
  return draw({
    ...CURVE,
    ariaDescription: description,
    x: { domain: [0, 1] },
    y: { domain: [0, 1] },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisX({
        tickSize: 0,
        ticks: 5,
        color: "var(--muted)",
        label: "probability",
        ...AXIS_LABEL,
      }),
      Plot.axisY({ tickSize: 0, ticks: 5, color: "var(--muted)", label: null }),
      Plot.line(line, { x: "at", y: "at", stroke: "var(--muted)", strokeDasharray: "3 3" }),
      Plot.line(bins, { x: "confidence", y: "accuracy", stroke: "var(--series-1)" }),
      Plot.dot(bins, { x: "confidence", y: "accuracy", r: 3, fill: "var(--series-1)" }),
    ],
  });
}

/** A line with intervals over equidistant named steps. */
export interface Steps {
  readonly name: string;
  readonly points: readonly {
    readonly x: string;
    readonly interval: { readonly mean: number; readonly low: number; readonly high: number };
  }[];
  readonly colour: string;
}

/** Lines over named steps, labelled at the right end. */
export function stepsChart(
  lines: readonly Steps[],
  { description, axis }: Pick<BarOptions, "description" | "axis">,
): Html {
  const marks = lines.flatMap(({ name, points, colour }) => {
    const data = points.map(({ x, interval }) => ({ x, ...interval }));
    return [
      Plot.ruleX(data, { x: "x", y1: "low", y2: "high", stroke: colour, strokeOpacity: 0.5 }),
      Plot.line(data, { x: "x", y: "mean", stroke: colour, strokeWidth: 2 }),
      Plot.dot(data, { x: "x", y: "mean", fill: colour, r: 3 }),
      Plot.text(data.slice(-1), {
        x: "x",
        y: "mean",
        text: () => name,
        textAnchor: "start",
        dx: 10,
        fill: colour,
      }),
    ];
  });
  return draw({
    ...STYLE,
    ariaDescription: description,
    width: WIDTH,
    height: 300,
    marginTop: 16,
    marginLeft: 48,
    marginRight: 120,
    marginBottom: 44,
    x: {
      type: "point",
      domain: [...new Set(lines.flatMap(({ points }) => points.map(({ x }) => x)))],
    },
    y: { nice: true },
    marks: [
      Plot.gridY({ stroke: "var(--line)", strokeOpacity: 1, ticks: 5 }),
      Plot.axisX({ tickSize: 0, color: "var(--muted)", label: axis, ...AXIS_LABEL }),
      Plot.axisY({ tickSize: 0, ticks: 5, color: "var(--muted)", label: null }),
      ...marks,
    ],
  });
}
