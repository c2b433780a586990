/** Runs a sweep: trains its trials and selects the winner. Trials that an earlier run finished are not repeated. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import pLimit from "p-limit";
import { writeFileAtomic } from "../../node/files.ts";
import { lockFolder } from "../../node/lock.ts";
import type { Console } from "../common/console.ts";
import { effective } from "../config/compare.ts";
import type { Config } from "../config/schema.ts";
import type { CrossValidation } from "../folds/summary.ts";
import { createRunner } from "../jobs/create.ts";
import { trialOf } from "../jobs/job.ts";
import { type JobRunner, type OnEvent, printEvents, tabulateEvents } from "../jobs/runner.ts";
import { readVersions } from "../report/provenance.ts";
import { readDataset } from "../run/readDataset.ts";
import { formatScore } from "../targets/format.ts";
import { startBackend } from "../train/backend.ts";
import { writeResults } from "./files.ts";
import { withShare } from "./halving.ts";
import { createInputs, type Prepare } from "./inputs.ts";
import { type Journal, type OnChange, openJournal, type TrialResult } from "./journal.ts";
import { describeObjective, objectiveOf } from "./objective.ts";
import { type Entry, ranked, scoreOf } from "./ranking.ts";
import { describeValues } from "./results.ts";
import { climb, climbFreely, type Train } from "./schedule.ts";
import { type DataSweep, hasRungs, type Objective, type Sweep } from "./schema.ts";
import { type Plan, planOf, type Trial } from "./space.ts";

export interface SweepOptions {
  readonly sweep: Sweep;
  /** Folder for all files of the sweep; created if missing. */
  readonly folder: string;
  readonly onChange: OnChange;
  readonly out: Console;
  /** Whose workers run the trials; default: processes on this machine. */
  readonly queue?: Pick<Config, "queue" | "storage">;
  /** Computes the figures of a configuration, instead of a training. */
  readonly validate?: Validate;
}

export type Validate = (
  config: Config,
  out: Console,
  onEvent: OnEvent,
) => Promise<Pick<CrossValidation, "figures"> & { readonly seconds?: number }>;

export interface SweepResult {
  /** All results of this sweep, best first. */
  readonly entries: readonly Entry[];
  readonly winner: Entry;
  readonly objective: Objective;
  /** Path of the winner's config file. */
  readonly best: string;
  /** Number of trainings by this run; earlier runs did the others. */
  readonly trained: number;
}

const BEST = "best.json";

/**
 * @throws Error if the sweep, its data or its earlier results are invalid (before anything is trained), or if every trial
 *   of a rung failed.
 */
export async function runSweep(options: SweepOptions): Promise<SweepResult> {
  const { folder, onChange, out } = options;
  const given = await withBackend(options.sweep, out);
  const plan = planOf(given);
  for (const note of plan.notes) out.warn(note);
  const base = given.options.parse(given.base, "base");
  const loaded = await readDataset(base, out, given.found);
  const { dataset } = loaded;
  const sweep: DataSweep = { ...given, objective: objectiveOf(dataset, given.objective) };
  const prepare = createInputs(loaded, out);
  // Fills the caches that trials share, and fails for missing files, before the first trial starts.
  for (const trial of plan.trials) await prepare(trial.config);

  await mkdir(folder, { recursive: true });
  const unlock = await lockFolder(folder, "sweep", "use another --out");
  let journal: Journal | undefined;
  let runner: JobRunner | undefined;
  try {
    runner = await createRunner({ config: plan.trials[0]!.config, queue: options.queue, out });
    journal = await openJournal(folder, identityOf(sweep, dataset.sha256), onChange, out.warn);
    const best = join(folder, BEST);
    // The winner of an earlier run may not be this run's.
    await rm(best, { force: true });
    const context: TrialContext = {
      plan,
      sweep,
      journal,
      prepare,
      folder,
      out,
      validate: options.validate ?? validateWith(runner, prepare),
      trialsAtOnce: options.validate ? 1 : runner.trialsAtOnce,
      capacity: runner.capacity,
    };
    const { entries, trained } = await runTrials(context);
    const [winner] = ranked(entries, sweep.objective);
    await writeResults(folder, sweep, plan, entries, winner);
    await writeFileAtomic(best, `${JSON.stringify(winner!.trial.options, undefined, 2)}\n`);
    return {
      entries: ranked(entries, sweep.objective),
      winner: winner!,
      objective: sweep.objective,
      best,
      trained,
    };
  } finally {
    await runner?.close();
    await journal?.close();
    await unlock();
  }
}

function validateWith(runner: JobRunner, prepare: Prepare): Validate {
  const versions = readVersions();
  return async (config, out, onEvent) => {
    const { data, prepared } = await prepare(config);
    const print = printEvents(out);
    // In a queue, a trial may wait for long before anything is done for it.
    let started = runner.trialsAtOnce === 1 ? performance.now() : undefined;
    const trial = trialOf(config, data, versions);
    const forward: OnEvent = (...event) => {
      started ??= performance.now();
      print(...event);
      onEvent(...event);
    };
    const { figures } = await runner.run(trial, forward, prepared);
    return { figures, ...(started === undefined ? {} : { seconds: secondsSince(started) }) };
  };
}

/** Selects the backend once for all trials: results of different backends differ in the last digits. */
async function withBackend(sweep: Sweep, out: Console): Promise<Sweep> {
  const { backend } = sweep.options.parse(sweep.base, "base");
  const { name } = await startBackend(backend, out.line);
  return { ...sweep, base: { ...sweep.base, backend: name } };
}

/** What must be equal for results to belong to one sweep. Objective and number of trials may change. */
function identityOf({ method, base, parameters, seed, eta, minShare }: Sweep, sha256: string) {
  return {
    method,
    base: effective(base),
    parameters: Object.fromEntries(parameters.map(({ path, choice }) => [path, choice])),
    ...(method === "grid" ? {} : { seed }),
    ...(hasRungs(method) ? { eta, minShare } : {}),
    dataset: sha256,
    versions: readVersions(),
  };
}

interface TrialContext {
  readonly plan: Plan;
  readonly sweep: DataSweep;
  readonly journal: Journal;
  readonly prepare: Prepare;
  readonly folder: string;
  readonly out: Console;
  readonly validate: Validate;
  readonly trialsAtOnce: number;
  /** Trainings that may go on at once. */
  readonly capacity: () => Promise<number>;
}

/** Trains the trials, and keeps the files of results up to date. */
async function runTrials(context: TrialContext): Promise<{ entries: Entry[]; trained: number }> {
  const { plan, sweep, folder, out } = context;
  const total = plan.rungs.reduce((sum, rung) => sum + rung.trials, 0);
  out.stage(
    `${total} trainings of ${plan.trials.length} trials, ranked by ${describeObjective(sweep.objective)}; after an interruption, the same command resumes`,
  );
  const bar = out.table("trials", total);
  let trained = 0;
  let done: readonly Entry[] = [];
  const atOnce = pLimit(context.trialsAtOnce);
  // Files are written by one trial after another.
  const inTurn = pLimit(1);
  const train: Train = (trial, rung) =>
    atOnce(async () => {
      const { share } = plan.rungs[rung]!;
      const onLine = (text: string) =>
        bar.update(done.length, `trial ${trial.number}: ${text.trim()}`);
      const onEvent = tabulateEvents(bar, `trial ${trial.number}, `);
      const { result, fresh } = await runTrial(trial, share, context, { onLine, onEvent });
      const entry = { trial, rung, share, result };
      await inTurn(async () => {
        if (fresh) {
          trained++;
          await context.journal.add(result);
        }
        done = [...done, entry].sort(byRungAndTrial);
        bar.log(describeEntry(entry, sweep, fresh));
        bar.update(done.length);
        if (fresh) await writeResults(folder, sweep, plan, done, undefined);
      });
      return entry;
    });
  try {
    const { objective, eta, method } = sweep;
    const folds = plan.trials[0]!.config.folds;
    // One more than there are workers for, so that none waits for the folds that a trial is scored from.
    const capacity = async () =>
      context.trialsAtOnce === 1 ? 1 : Math.ceil((await context.capacity()) / folds) + 1;
    const entries =
      method === "asha"
        ? await climbFreely({ plan, objective, eta, train, capacity })
        : await climb(plan, objective, train);
    return { entries, trained };
  } finally {
    bar.stop();
  }
}

/**
 * The journal's result of a trial, or else that of a new training.
 *
 * @returns `fresh`: whether the trial was trained now.
 */
async function runTrial(
  trial: Trial,
  share: number,
  { journal, prepare, validate, out }: TrialContext,
  { onLine, onEvent }: { onLine: (text: string) => void; onEvent: OnEvent },
): Promise<{ result: TrialResult; fresh: boolean }> {
  const config = withShare(trial.config, share);
  const { key } = await prepare(config);
  const earlier = journal.results.get(key);
  // Failed trials are repeated: the cause may have been a lack of memory, or a signal.
  if (earlier?.figures) return { result: earlier, fresh: false };
  const started = performance.now();
  const outcome = await validate(config, { ...out, stage() {}, line: onLine }, onEvent).then(
    ({ figures, seconds }) => ({ figures, ...(seconds === undefined ? {} : { seconds }) }),
    (error: Error) => ({ error: error.message }),
  );
  const result = { key, values: trial.values, share, seconds: secondsSince(started), config };
  return { result: { ...result, ...outcome }, fresh: true };
}

function secondsSince(started: number): number {
  return Math.round(performance.now() - started) / 1000;
}

function byRungAndTrial(a: Entry, b: Entry): number {
  return a.rung - b.rung || a.trial.number - b.trial.number;
}

function describeEntry(entry: Entry, sweep: DataSweep, fresh: boolean): string {
  const { trial, share, result } = entry;
  const score = scoreOf(entry, sweep.objective);
  const outcome = score
    ? `${sweep.objective.metric} ${formatScore(score.mean, score.mean, 1)} ± ${formatScore(score.std, score.mean, 1)}`
    : `failed: ${result.error ?? "no figure for the objective"}`;
  const epochs = share < 1 ? `  ${(100 * share).toFixed(0)} % of the epochs` : "";
  const time = fresh ? `${result.seconds.toFixed(1)} s` : "from an earlier run";
  return `  trial ${trial.number}  ${describeValues(trial.values)}${epochs}  ${outcome}  ${time}`;
}
