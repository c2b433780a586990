/** Trials with their results, best first. */

import type { FoldFigure } from "../folds/summary.ts";
import type { TrialResult } from "./journal.ts";
import { figureOf } from "./objective.ts";
import type { Objective } from "./schema.ts";
import type { Trial } from "./space.ts";

/** A trial on one rung. Grids and random sweeps have one rung, with all epochs. */
export interface Entry {
  readonly trial: Trial;
  /** From 0. */
  readonly rung: number;
  /** Of the trial's epochs. */
  readonly share: number;
  readonly result: TrialResult;
}

/** The objective's figure; undefined where the trial failed, or no movie of a fold was in the group. */
export function scoreOf({ result }: Entry, objective: Objective): FoldFigure | undefined {
  return figureOf(result.figures ?? [], objective);
}

/** Higher rungs first, then larger figures; those without any last, and equals in the order of their numbers. */
export function ranked(entries: readonly Entry[], objective: Objective): Entry[] {
  const score = (entry: Entry) => scoreOf(entry, objective)?.mean ?? Number.NEGATIVE_INFINITY;
  return entries.toSorted((a, b) => {
    if (a.rung !== b.rung) return b.rung - a.rung;
    const [first, second] = [score(a), score(b)];
    return first === second ? a.trial.number - b.trial.number : second - first;
  });
}

/** Each trial once, on the highest rung that it has come to. */
export function furthest(entries: readonly Entry[]): Entry[] {
  const last = new Map<number, Entry>();
  for (const entry of entries) {
    const held = last.get(entry.trial.number);
    if (!held || held.rung < entry.rung) last.set(entry.trial.number, entry);
  }
  return [...last.values()];
}
