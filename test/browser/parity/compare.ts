/** Compares what a browser made of images with what Node made of them. */

import { rankLabels } from "../../../predictor/metrics.ts";
import type { ParityAnswers, ParityResult } from "./protocol.ts";

/** Two probabilities that differ by less are a tie, which each runtime's rounding decides. */
const TIE = 1e-6;
const TOP = 5;

export interface Comparison {
  /** Images that both decoded. */
  decoded: number;
  /** Images that both refused in the same words. */
  refused: number;
  /** Names of images by what differed. */
  readonly differ: Readonly<Record<"refusal" | "pixels" | "tensor" | "order", string[]>>;
  /** Answers compared. */
  answers: number;
  /** Answers whose first five labels are in another order because of a tie. */
  readonly ties: { name: string; gap: number }[];
  /** Largest |difference| of a probability. */
  maxDelta: number;
}

/** @param names Of the images, as many as there are results of each side. */
export function compareResults(
  names: readonly string[],
  expected: readonly ParityResult[],
  actual: readonly ParityResult[],
): Comparison {
  const comparison: Comparison = {
    decoded: 0,
    refused: 0,
    differ: { refusal: [], pixels: [], tensor: [], order: [] },
    answers: 0,
    ties: [],
    maxDelta: 0,
  };
  const { differ } = comparison;
  for (const [i, name] of names.entries()) {
    const [node, browser] = [expected[i]!, actual[i]!];
    if ("refusal" in node || "refusal" in browser) {
      if (JSON.stringify(node) === JSON.stringify(browser)) comparison.refused++;
      else differ.refusal.push(name);
      continue;
    }
    comparison.decoded++;
    if (imageOf(node) !== imageOf(browser)) differ.pixels.push(name);
    if (node.tensor !== browser.tensor) differ.tensor.push(name);
    compareAnswers(name, node, browser, comparison);
  }
  return comparison;
}

const imageOf = ({ width, height, pixels }: ParityAnswers) => `${width} x ${height}: ${pixels}`;

function compareAnswers(
  name: string,
  node: ParityAnswers,
  browser: ParityAnswers,
  result: Comparison,
): void {
  for (const [i, expected] of node.probabilities.entries()) {
    const actual = browser.probabilities[i]!;
    result.answers++;
    for (const [label, p] of expected.entries()) {
      result.maxDelta = Math.max(result.maxDelta, Math.abs(p - actual[label]!));
    }
    const [wanted, got] = [rankLabels(expected), rankLabels(actual)];
    const moved = wanted.slice(0, TOP).filter((label, rank) => label !== got[rank]);
    if (moved.length === 0) continue;
    const gaps = moved.map((label) =>
      Math.abs(expected[label]! - expected[got[wanted.indexOf(label)]!]!),
    );
    const gap = Math.max(...gaps);
    if (gap <= TIE) result.ties.push({ name, gap });
    else result.differ.order.push(name);
  }
}
