/** A sweep from its first trial to the winner; what an earlier run of it has finished is not done again. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../node/files.ts";
import { lockFolder } from "../../node/lock.ts";
import type { Bar, Console } from "../common/console.ts";
import { effective } from "../config/compare.ts";
import { parseConfig } from "../config/options.ts";
import type { Config } from "../config/schema.ts";
import { crossValidate } from "../folds/crossValidate.ts";
import type { CrossValidation } from "../folds/summary.ts";
import { readVersions } from "../report/provenance.ts";
import { readDataset } from "../run/readDataset.ts";
import { startBackend } from "../train/backend.ts";
import { writeResults } from "./files.ts";
import { withShare } from "./halving.ts";
import { createInputs } from "./inputs.ts";
import { type Journal, type OnChange, openJournal, type TrialResult } from "./journal.ts";
import { checkObjective, describeObjective } from "./objective.ts";
import { type Entry, ranked, scoreOf } from "./ranking.ts";
import { describeValues } from "./results.ts";
import type { Sweep } from "./schema.ts";
import { type Plan, planOf, type Trial } from "./space.ts";

export interface SweepOptions {
  readonly sweep: Sweep;
  /** Folder for everything that the sweep writes. */
  readonly folder: string;
  readonly onChange: OnChange;
  readonly out: Console;
  /** What a configuration is worth; default: cross-validation. */
  readonly validate?: Validate;
}

export type Validate = (
  config: Config,
  labels: readonly string[],
  out: Console,
) => Promise<{ readonly summary: CrossValidation }>;

export interface Finished {
  /** All results of this sweep, best first. */
  readonly entries: readonly Entry[];
  readonly winner: Entry;
  /** The winner as a config file. */
  readonly best: string;
  /** Trials that were trained by this run; the others were finished before. */
  readonly trained: number;
}

const BEST = "best.json";

/**
 * @throws Error that says what is wrong with the sweep before anything is trained, or that no trial succeeded.
 */
export async function runSweep(options: SweepOptions): Promise<Finished> {
  const { folder, onChange, out, validate = crossValidate } = options;
  const sweep = await withBackend(options.sweep, out);
  const plan = planOf(sweep);
  for (const note of plan.notes) out.warn(note);
  const base = parseConfig(sweep.base, "base");
  const loaded = await readDataset(base, out);
  const { dataset } = loaded;
  checkObjective(dataset, sweep.objective);
  const keyOf = createInputs(loaded, out);
  // Fills the caches that trials share, and finds out what is amiss with any of them, before the first one starts.
  for (const trial of plan.trials) await keyOf(trial.config);

  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder, "sweep", "use another --out");
  let journal: Journal | undefined;
  try {
    journal = await openJournal(folder, identityOf(sweep, dataset.sha256), onChange, out.warn);
    const best = join(folder, BEST);
    // Until there is another winner, there is none.
    await rm(best, { force: true });
    const work: Work = {
      plan,
      sweep,
      journal,
      keyOf,
      folder,
      out,
      labels: dataset.labels,
      validate,
    };
    const { entries, trained } = await tryAll(work);
    const [winner] = ranked(entries, sweep.objective);
    await writeResults(folder, sweep, plan, entries, winner);
    await writeFileAtomic(best, `${JSON.stringify(winner!.trial.options, undefined, 2)}\n`);
    return { entries: ranked(entries, sweep.objective), winner: winner!, best, trained };
  } finally {
    await journal?.close();
    await unlock();
  }
}

/** Chosen once, so that all trials are of the same: results of others are not comparable to the last digit. */
async function withBackend(sweep: Sweep, out: Console): Promise<Sweep> {
  const { backend } = parseConfig(sweep.base, "base");
  const { name } = await startBackend(backend, out.line);
  return { ...sweep, base: { ...sweep.base, backend: name } };
}

/** What makes results those of one sweep. Its length and objective do not: more trials only add some. */
function identityOf({ method, base, parameters, seed, eta, minShare }: Sweep, sha256: string) {
  return {
    method,
    base: effective(base),
    parameters: Object.fromEntries(parameters.map(({ path, choice }) => [path, choice])),
    ...(method === "grid" ? {} : { seed }),
    ...(method === "halving" ? { eta, minShare } : {}),
    dataset: sha256,
    versions: readVersions(),
  };
}

interface Work {
  readonly plan: Plan;
  readonly sweep: Sweep;
  readonly journal: Journal;
  readonly keyOf: (config: Config) => Promise<string>;
  readonly folder: string;
  readonly out: Console;
  readonly labels: readonly string[];
  readonly validate: Validate;
}

/** Rung by rung, each with the best of the one before. */
async function tryAll(work: Work): Promise<{ entries: Entry[]; trained: number }> {
  const { plan, sweep, folder, out } = work;
  const total = plan.rungs.reduce((sum, rung) => sum + rung.trials, 0);
  out.stage(
    `${total} trainings of ${plan.trials.length} trials, by ${describeObjective(sweep.objective)}; if it is interrupted, the same command goes on`,
  );
  const entries: Entry[] = [];
  const bar = out.bar("trials", total);
  let trained = 0;
  try {
    let survivors: readonly Trial[] = plan.trials;
    for (const [rung, { share, trials }] of plan.rungs.entries()) {
      const here: Entry[] = [];
      for (const trial of survivors.slice(0, trials)) {
        const done = await tryOne(trial, share, work, bar, entries.length);
        if (done.fresh) trained++;
        const entry = { trial, rung, share, result: done.result };
        here.push(entry);
        entries.push(entry);
        bar.log(lineOf(entry, work, done.fresh));
        bar.update(entries.length);
        if (done.fresh) await writeResults(folder, sweep, plan, entries, undefined);
      }
      const successes = ranked(here, sweep.objective).filter((e) => scoreOf(e, sweep.objective));
      if (successes.length === 0) throw new Error(allFailed(here, sweep));
      survivors = successes.map(({ trial }) => trial);
    }
  } finally {
    bar.stop();
  }
  return { entries, trained };
}

async function tryOne(
  trial: Trial,
  share: number,
  { journal, keyOf, labels, validate, out }: Work,
  bar: Bar,
  done: number,
): Promise<{ result: TrialResult; fresh: boolean }> {
  const config = withShare(trial.config, share);
  const key = await keyOf(config);
  const found = journal.results.get(key);
  // What failed may have failed for want of memory, or by a signal.
  if (found?.figures) return { result: found, fresh: false };
  const told: Console = {
    ...out,
    stage() {},
    line: (text) => bar.update(done, `trial ${trial.number}: ${text.trim()}`),
  };
  const started = performance.now();
  const outcome = await validate(config, labels, told).then(
    ({ summary }) => ({ figures: summary.figures }),
    (error: Error) => ({ error: error.message }),
  );
  const seconds = Math.round(performance.now() - started) / 1000;
  const result = { key, values: trial.values, share, seconds, config, ...outcome };
  await journal.add(result);
  return { result, fresh: true };
}

function lineOf(entry: Entry, { sweep }: Work, fresh: boolean): string {
  const { trial, share, result } = entry;
  const score = scoreOf(entry, sweep.objective);
  const found = score
    ? `${sweep.objective.metric} ${score.mean.toFixed(4)} ± ${score.std.toFixed(4)}`
    : `failed: ${result.error ?? "it has no such figure"}`;
  const epochs = share < 1 ? `  ${(100 * share).toFixed(0)} % of the epochs` : "";
  const time = fresh ? `${result.seconds.toFixed(1)} s` : "finished before";
  return `  trial ${trial.number}  ${describeValues(trial.values)}${epochs}  ${found}  ${time}`;
}

function allFailed(entries: readonly Entry[], { objective }: Sweep): string {
  const why = entries[0]!.result.error ?? `no fold has a figure "${describeObjective(objective)}"`;
  return `no trial succeeded; the first: ${why}`;
}
