/** Charts: geometry that matches the values, in the page's colours. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { barChart, curveChart } from "../../../pipeline/report/charts.ts";

const OPTIONS = {
  description: "scores",
  axis: "score",
  max: 1,
  format: (v: number) => v.toFixed(2),
};

test("bars are as long as their values and keep their order", () => {
  const bars = [
    { label: "half", value: 0.5 },
    { label: "quarter", value: 0.25, muted: true },
  ];
  const { markup } = barChart(bars, OPTIONS);
  const widths = [...markup.matchAll(/<rect [^>]*?width="([\d.]+)"/g)].map(([, w]) => Number(w));
  assert.equal(widths.length, 2);
  assert.ok(Math.abs(widths[0]! - 2 * widths[1]!) < 0.01, String(widths));
  assert.ok(markup.indexOf(">half<") < markup.indexOf(">quarter<"));
  assert.ok(markup.includes("0.50") && markup.includes("0.25"));
  assert.match(markup, /var\(--series-1\)/);
  assert.match(markup, /var\(--series-muted\)/);
});

test("an interval is drawn from low to high", () => {
  const bar = { label: "a", value: 0.5, interval: { low: 0.4, high: 0.6 } };
  const whole = barChart([{ label: "a", value: 1 }], OPTIONS).markup;
  const [, span] = /<rect [^>]*?width="([\d.]+)"/.exec(whole)!;
  const { markup } = barChart([bar], OPTIONS);
  const rule = markup.slice(markup.indexOf('aria-label="rule"'));
  const [, x2, x1] = /x2="([\d.]+)" x1="([\d.]+)"/.exec(rule)!;
  assert.ok(Math.abs((Number(x2) - Number(x1)) / Number(span) - 0.2) < 1e-3, rule.slice(0, 200));
});

const CURVE = { description: "losses", axis: "loss" };

test("without bars or points, the chart is empty and has no NaN", () => {
  for (const { markup } of [
    barChart([], { ...OPTIONS, max: 0 }),
    curveChart([{ points: [], colour: "red", mark: 3 }], CURVE),
    curveChart([{ points: [{ x: 1, y: 0.5 }], colour: "red" }], CURVE),
  ]) {
    assert.match(markup, /^<svg /);
    assert.doesNotMatch(markup, /NaN|Infinity|undefined/);
  }
});

test("the marked epoch has one additional dot", () => {
  const points = [1, 2, 3].map((x) => ({ x, y: x / 10 }));
  const marked = curveChart([{ points, mark: 2, colour: "red" }], CURVE).markup;
  const plain = curveChart([{ points, colour: "red" }], CURVE).markup;
  assert.equal(marked.match(/<circle /g)?.length, 4);
  assert.equal(plain.match(/<circle /g)?.length, 3);
});

test("curves share a chart's axes, each in its colour", () => {
  const curve = (y: number, colour: string) => ({
    points: [
      { x: 1, y: 0 },
      { x: 2, y },
    ],
    colour,
  });
  const { markup } = curveChart([curve(1, "red"), curve(2, "blue")], CURVE);
  const ends = [...markup.matchAll(/stroke="(red|blue)"[^>]*><path d="M[^L]*L[\d.]+,([\d.]+)/g)];
  const [red, blue] = ["red", "blue"].map((name) =>
    Number(ends.find((end) => end[1] === name)?.[2]),
  );
  // From the axis at 200 up: 2 is twice as high as 1.
  assert.ok(red! > blue!, markup);
  assert.ok(Math.abs((200 - blue!) / (200 - red!) - 2) < 1e-6, `${red} ${blue}`);
});
