/** Runs many posters through both runtimes and compares the results. */

import { rankLabels } from "../../../predictor/metrics.ts";
import type { PosterFile } from "./posters.ts";
import type { ParityAnswers } from "./protocol.ts";
import type { Runtimes } from "./runtimes.ts";

/** Two probabilities that differ by less are a tie, which each runtime's rounding decides. */
const TIE = 1e-6;
const TOP = 5;

export interface SweepComparison {
  /** Posters that both decoded. */
  decoded: number;
  /** Posters that both refused in the same words. */
  refused: number;
  /** Names of posters by what differed. */
  readonly differ: { refusal: string[]; pixels: string[]; tensor: string[]; order: string[] };
  /** Answers compared. */
  answers: number;
  /** Answers whose first five labels are in another order because of a tie. */
  readonly ties: { name: string; gap: number }[];
  /** Largest |difference| of a probability. */
  maxDelta: number;
}

/** @param every Every so many posters, one runs a second time, together with its movie's title and ratings. */
export async function compareRuntimes(
  runtimes: Runtimes,
  posters: readonly PosterFile[],
  every = 1,
): Promise<SweepComparison> {
  const result: SweepComparison = {
    decoded: 0,
    refused: 0,
    differ: { refusal: [], pixels: [], tensor: [], order: [] },
    answers: 0,
    ties: [],
    maxDelta: 0,
  };
  for (const [i, { name, movie, read }] of posters.entries()) {
    const job = {
      file: (await read()).toString("base64"),
      predict: i % every === 0 ? [{}, movie] : [{}],
    };
    const [node, chromium] = await Promise.all([runtimes.node(job), runtimes.chromium(job)]);
    if ("refusal" in node || "refusal" in chromium) {
      if (JSON.stringify(node) === JSON.stringify(chromium)) result.refused++;
      else result.differ.refusal.push(name);
      continue;
    }
    result.decoded++;
    if (node.pixels !== chromium.pixels) result.differ.pixels.push(name);
    if (node.tensor !== chromium.tensor) result.differ.tensor.push(name);
    compareAnswers(name, node, chromium, result);
  }
  return result;
}

function compareAnswers(
  name: string,
  node: ParityAnswers,
  chromium: ParityAnswers,
  result: SweepComparison,
): void {
  for (const [i, expected] of node.probabilities.entries()) {
    const actual = chromium.probabilities[i]!;
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
