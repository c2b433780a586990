/** What every runner does with jobs, whoever runs them: run for each kind, with stand-ins for trainings. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { scoreFolds } from "../../../pipeline/folds/score.ts";
import { summarizeFolds } from "../../../pipeline/folds/summary.ts";
import type { FoldResult } from "../../../pipeline/folds/trainFold.ts";
import { type FoldJob, foldsOf, keyOf, nameOf } from "../../../pipeline/jobs/job.ts";
import { encodeOutput } from "../../../pipeline/jobs/queue/output.ts";
import type { JobRunner, OnEvent, TrainingEvent } from "../../../pipeline/jobs/runner.ts";
import { standInTrial } from "./standIn.ts";

export interface RunnerKind {
  /** Opens a runner of three jobs at once: the kind's first, or one more. */
  open(): Promise<JobRunner>;
  /** After all runners are closed. */
  remove(): Promise<void>;
}

const quiet: OnEvent = () => {};

/**
 * @param start Called once.
 * @param skip Why not to run, or false.
 */
export function testRunner(start: () => Promise<RunnerKind>, skip: string | false = false): void {
  let kind: RunnerKind;
  let runner: JobRunner;
  before(async () => {
    if (skip) return;
    kind = await start();
    runner = await kind.open();
  });
  after(async () => {
    await runner?.close();
    await kind?.remove();
  });

  const runAll = (folds: readonly FoldJob[], onEvent = quiet) =>
    Promise.all(folds.map((fold) => runner.run(fold, onEvent)));

  test("outputs come in the order of the jobs, whichever is done first", { skip }, async () => {
    const folds = foldsOf(standInTrial(1, 3, { steps: [12, 6, 1] }));
    const ended: number[] = [];
    const results = await runAll(folds, (event, job) => {
      if ("done" in event) ended.push((job as FoldJob).fold);
    });
    assert.deepEqual(
      results.map(({ fold }) => fold),
      [0, 1, 2],
    );
    assert.deepEqual(ended, [2, 1, 0]);
  });

  test("progress is that of the job, in order, and ends once", { skip }, async () => {
    const folds = foldsOf(standInTrial(2, 2, { steps: [3, 2] }));
    const said = new Map<string, string[]>();
    await runAll(folds, (event, job) => {
      said.set(nameOf(job), [...(said.get(nameOf(job)) ?? []), describe(event)]);
    });
    assert.deepEqual(Object.fromEntries(said), {
      "fold 1/2": ["epoch 1 of 3", "epoch 2 of 3", "epoch 3 of 3", "done"],
      "fold 2/2": ["epoch 1 of 2", "epoch 2 of 2", "done"],
    });
  });

  test("a trial is scored from its folds, each once, however often it is asked for", {
    skip,
  }, async () => {
    const trial = standInTrial(3, 3);
    const [results, ...summaries] = await Promise.all([
      runAll(foldsOf(trial)),
      ...[1, 2, 3].map(() => runner.run(trial, quiet)),
    ]);
    const expected = summarizeFolds(await scoreFolds(results, 3));
    assert.equal(expected.folds, 3);
    for (const summary of summaries) assert.deepEqual(summary, expected);
  });

  test("a fold that fails says so, and the others' outputs are kept", { skip }, async () => {
    const trial = standInTrial(4, 3, { broken: [1], steps: [4, 1, 4] });
    const ends = await Promise.allSettled(foldsOf(trial).map((fold) => runner.run(fold, quiet)));
    assert.deepEqual(
      ends.map(({ status }) => status),
      ["fulfilled", "rejected", "fulfilled"],
    );
    const { reason } = ends[1] as PromiseRejectedResult;
    assert.match(String(reason), /^Error: fold 2\/3 failed: no fold can do this$/);
    const [failed, whole] = await Promise.allSettled([
      runner.run(trial, quiet),
      runner.run(standInTrial(5, 2), quiet),
    ]);
    assert.match(String((failed as PromiseRejectedResult).reason), /fold 2\/3 failed: no fold can/);
    assert.equal(whole.status, "fulfilled", "another trial goes on");
  });

  test("who closes and asks again goes on at the kept step, to the same bytes", {
    skip,
  }, async () => {
    const [fold] = foldsOf(standInTrial(6, 2, { steps: [25, 1] })) as [FoldJob];
    const first = await kind.open();
    let refused: Promise<void> | undefined;
    await new Promise<void>((resolve) => {
      const output = first.run(fold, (event) => {
        if ("epoch" in event && event.epoch.epoch === 5) resolve();
      });
      refused = assert.rejects(output, /fold 1\/2/);
    });
    await first.close();
    await refused;
    const epochs: number[] = [];
    const again = await kind.open();
    const result = await again.run(fold, (event) => {
      if ("epoch" in event) epochs.push(event.epoch.epoch);
    });
    await again.close();
    assert.ok(epochs.length > 0 && epochs[0]! >= 5, `it goes on after 5: ${epochs}`);
    assert.equal(epochs.at(-1), 25);
    assert.deepEqual(bytesOf(result), bytesOf(await runner.run(fold, quiet)));
  });

  test("two who ask for the same job get the same bytes", { skip }, async () => {
    const [fold] = foldsOf(standInTrial(7, 2, { steps: [5, 1] })) as [FoldJob];
    const other = await kind.open();
    const [one, two] = await Promise.all([runner.run(fold, quiet), other.run(fold, quiet)]);
    await other.close();
    assert.deepEqual(bytesOf(one), bytesOf(two));
    const [next] = foldsOf(standInTrial(8, 2)) as [FoldJob];
    assert.notEqual(keyOf(next), keyOf(fold));
    assert.notDeepEqual(bytesOf(await runner.run(next, quiet)), bytesOf(one));
  });
}

function describe(event: TrainingEvent): string {
  if ("epoch" in event) return `epoch ${event.epoch.epoch} of ${event.epoch.epochs}`;
  return "done" in event ? "done" : JSON.stringify(event);
}

function bytesOf(result: FoldResult): Uint8Array {
  return encodeOutput(result).bytes;
}
