/** In what order trials climb the rungs of a sweep. */

import { describeObjective } from "./objective.ts";
import { type Entry, ranked, scoreOf } from "./ranking.ts";
import type { Objective } from "./schema.ts";
import type { Plan, Trial } from "./space.ts";

/** Trains a trial with the epochs of a rung, from 0. */
export type Train = (trial: Trial, rung: number) => Promise<Entry>;

/**
 * Trains all trials on the first rung, and the best of each rung on the next. A trial goes on as soon as nothing that is
 * still trained can take its place, so that workers wait for no rung to end; which trials go on is the same as if they did.
 *
 * @returns Results by rung, in the order of trials on the first, and of ranks on the others.
 * @throws Error if every trial of a rung failed.
 */
export async function climb(plan: Plan, objective: Objective, train: Train): Promise<Entry[]> {
  const running = new Map<string, Promise<Entry>>();
  const trainOnce = (trial: Trial, rung: number) => {
    const name = `${rung} ${trial.number}`;
    const entry = running.get(name) ?? train(trial, rung);
    // Whoever waits for it later gets the error.
    entry.catch(() => {});
    running.set(name, entry);
    return entry;
  };
  const entries: Entry[] = [];
  let trials: readonly Trial[] = plan.trials;
  for (const rung of plan.rungs.keys()) {
    const places = plan.rungs[rung + 1]?.trials ?? 0;
    const finished: Entry[] = [];
    const ofRung = await Promise.all(
      trials.slice(0, plan.rungs[rung]!.trials).map(async (trial, _, { length }) => {
        const entry = await trainOnce(trial, rung);
        finished.push(entry);
        const better = length - finished.length;
        for (const sure of successes(finished, objective).slice(0, Math.max(0, places - better))) {
          void trainOnce(sure.trial, rung + 1);
        }
        return entry;
      }),
    );
    entries.push(...ofRung);
    trials = successes(ofRung, objective).map(({ trial }) => trial);
    if (trials.length === 0) throw new Error(allFailed(ofRung, objective));
  }
  return entries;
}

/** Best first. */
function successes(entries: readonly Entry[], objective: Objective): Entry[] {
  return ranked(entries, objective).filter((entry) => scoreOf(entry, objective));
}

function allFailed(entries: readonly Entry[], objective: Objective): string {
  const why = entries[0]!.result.error ?? `no fold has a figure "${describeObjective(objective)}"`;
  return `no trial succeeded; the first failed with: ${why}`;
}
