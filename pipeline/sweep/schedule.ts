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

export interface FreeClimb {
  readonly plan: Plan;
  readonly objective: Objective;
  /** A rung hands on the best 1 / eta of what it has. */
  readonly eta: number;
  readonly train: Train;
  /** How many trials may be trained at once, asked for before each. */
  readonly capacity: () => Promise<number>;
}

/**
 * Asynchronous successive halving (ASHA; Li et al. 2020, "A System for Massively Parallel Hyperparameter Tuning", algorithm
 * 2): whoever is free goes on with the best of the highest rung that has one to hand on, or begins another trial. No worker
 * waits, but which trials go on depends on which results come first, unless one is trained at a time.
 *
 * @returns Results by rung and trial.
 * @throws Error if every trial failed.
 */
export async function climbFreely(options: FreeClimb): Promise<Entry[]> {
  const { plan, objective, eta, train } = options;
  const waiting = [...plan.trials];
  const rungs = plan.rungs.map(() => ({ finished: [] as Entry[], handedOn: new Set<Trial>() }));
  const running = new Set<Promise<void>>();

  /** The best trial that a rung may hand on, of the highest rung that has any. */
  const promotable = (least: number) => {
    for (let rung = rungs.length - 2; rung >= 0; rung--) {
      const { finished, handedOn } = rungs[rung]!;
      const places = Math.max(least, Math.floor(finished.length / eta));
      const best = successes(finished, objective).slice(0, places);
      const next = best.find(({ trial }) => !handedOn.has(trial));
      if (!next) continue;
      handedOn.add(next.trial);
      return { trial: next.trial, rung: rung + 1 };
    }
    return undefined;
  };
  const begin = (trial: Trial, rung: number) => {
    const done = train(trial, rung).then((entry) => {
      rungs[rung]!.finished.push(entry);
      running.delete(done);
    });
    running.add(done);
  };

  for (;;) {
    while (running.size < Math.max(1, await options.capacity())) {
      const next = promotable(0);
      const trial = next?.trial ?? waiting.shift();
      if (!trial) break;
      begin(trial, next?.rung ?? 0);
    }
    if (running.size === 0) {
      // With few trials, a rung may have too few to hand on a share of them: its best goes on.
      const last = promotable(1);
      if (!last) break;
      begin(last.trial, last.rung);
    }
    await Promise.race(running);
  }
  const entries = rungs.flatMap(({ finished }) =>
    finished.toSorted((a, b) => a.trial.number - b.trial.number),
  );
  if (successes(entries, objective).length === 0) throw new Error(allFailed(entries, objective));
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
