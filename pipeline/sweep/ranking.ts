/** Ranks trials by their results. */

import type { FoldFigure } from "../folds/summary.ts";
import type { TrialResult } from "./journal.ts";
import { figureOf } from "./objective.ts";
import type { Objective } from "./schema.ts";
import type { Trial } from "./space.ts";

/** The result of a trial on one rung. Grids and random sweeps have a single rung with all epochs. */
export interface Entry {
  readonly trial: Trial;
  /** Index of the rung, from 0. */
  readonly rung: number;
  /** Share of the configured epochs, 0 exclusive to 1. */
  readonly share: number;
  readonly result: TrialResult;
}

/** The objective's figure; undefined if the trial failed or no fold has a movie of the group. */
export function scoreOf({ result }: Entry, objective: Objective): FoldFigure | undefined {
  return figureOf(result.figures ?? [], objective);
}

/**
 * Entries by rung (highest first), then by the objective's mean (best first, entries without one last), then by trial
 * number.
 */
export function ranked(entries: readonly Entry[], objective: Objective): Entry[] {
  const sign = objective.better === "larger" ? 1 : -1;
  const score = (entry: Entry) => {
    const mean = scoreOf(entry, objective)?.mean;
    return mean === undefined ? Number.NEGATIVE_INFINITY : sign * mean;
  };
  return entries.toSorted((a, b) => {
    if (a.rung !== b.rung) return b.rung - a.rung;
    const [first, second] = [score(a), score(b)];
    return first === second ? a.trial.number - b.trial.number : second - first;
  });
}

/** Each trial's entry on the highest rung that it reached. */
export function furthest(entries: readonly Entry[]): Entry[] {
  const last = new Map<number, Entry>();
  for (const entry of entries) {
    const previous = last.get(entry.trial.number);
    if (!previous || previous.rung < entry.rung) last.set(entry.trial.number, entry);
  }
  return [...last.values()];
}
