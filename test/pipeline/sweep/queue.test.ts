/** Sweeps on workers behind a queue, with stand-ins for trainings: what does not depend on who is done first. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Redis } from "ioredis";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import type { QueueWorker } from "../../../node/jobs/queue/worker.ts";
import { openStorage } from "../../../node/storage/open.ts";
import { SILENT } from "../../../pipeline/common/console.ts";
import { loadDataset } from "../../../pipeline/dataset/load.ts";
import { trialOf } from "../../../pipeline/jobs/job.ts";
import { createLocalRunner } from "../../../pipeline/jobs/local.ts";
import { startTrainingWorker } from "../../../pipeline/jobs/queue/worker.ts";
import { readVersions } from "../../../pipeline/report/provenance.ts";
import { createInputs, type Prepare } from "../../../pipeline/sweep/inputs.ts";
import type { Entry } from "../../../pipeline/sweep/ranking.ts";
import { runSweep, type SweepOptions } from "../../../pipeline/sweep/run.ts";
import { parseSweep } from "../../../pipeline/sweep/schema.ts";
import { without } from "../../needs/needs.ts";
import { startRedis, type TestRedis } from "../../node/jobs/redis.ts";
import { standIn } from "../jobs/standIn.ts";
import { createTestSweeps, type TestSweeps } from "./tinySweep.ts";

const skip = without("redis");
const TRIALS = 7;
const SEARCH = {
  ...{ trials: TRIALS, seed: 2 },
  parameters: { "ratings.learningRate": { min: 1e-4, max: 1, scale: "log" } },
};
const RANDOM = { method: "random", ...SEARCH };
const GRID = {
  method: "grid",
  parameters: { "ratings.learningRate": [0.1, 0.01, 0.001], "ratings.dropout": [0, 0.2] },
};
const ASHA = { method: "asha", eta: 3, minShare: 0.1, ...SEARCH };

let sweeps: TestSweeps;
let redis: TestRedis;
let storage: string;
let connection: Redis;
let workers: readonly QueueWorker[] = [];
before(async () => {
  if (skip) return;
  sweeps = await createTestSweeps();
  redis = await startRedis();
  storage = join(redis.root, "storage");
  connection = await connectRedis({ url: redis.url, onNotice() {} });
  const { dataset } = await loadDataset({
    ...{ data: sweeps.data, cache: join(sweeps.root, "cache"), strict: false },
  });
  workers = ["a", "b", "c"].map((name) =>
    startTrainingWorker({
      ...{ connection, storage: openStorage(storage), name, slots: 2, lockMs: 10_000 },
      machine: { versions: readVersions(), tables: dataset.sha256, dataset: "tiny" },
      place: { cache: join(redis.root, name), threads: 1 },
      onNotice() {},
      // The later ones are often done first.
      runWork: standIn(undefined, (key) => Number.parseInt(key.slice(0, 2), 16) / 2),
    }),
  );
});
after(async () => {
  await Promise.all(workers.map(({ stop }) => stop()));
  connection?.disconnect();
  await redis?.remove();
  await sweeps?.remove();
});

function sweep(name: string, definition: object, more: Partial<SweepOptions>) {
  return runSweep({
    sweep: parseSweep({ base: sweeps.base, ...definition }, name),
    folder: join(sweeps.root, name),
    onChange: "refuse",
    out: SILENT,
    ...more,
  });
}

const onQueue = () => ({ queue: { queue: redis.url, storage } });

let prepare: Prepare | undefined;
/** One trial after another, in this process. */
const here: Pick<SweepOptions, "validate"> = {
  async validate(config, _, onEvent) {
    prepare ??= createInputs(await loadDataset(config), SILENT);
    const runner = createLocalRunner({ config, runWork: standIn(undefined, () => 0) });
    const trial = trialOf(config, (await prepare(config)).data, readVersions());
    return runner.run(trial, onEvent);
  },
};

/** All figures, but no times. */
const figuresOf = ({ trial, rung, result }: Entry) => [trial.number, rung, result.figures];

test("grids and random searches end as on one machine, whoever is done first", {
  skip,
}, async () => {
  for (const [name, definition] of Object.entries({ grid: GRID, random: RANDOM })) {
    const one = await sweep(`${name}-here`, definition, here);
    const many = await sweep(`${name}-queue`, definition, onQueue());
    assert.deepEqual(many.entries.map(figuresOf), one.entries.map(figuresOf));
    const [best, winner] = await Promise.all([many, one].map(({ best }) => readFile(best, "utf8")));
    assert.equal(best, winner);
  }
});

test("ASHA keeps all workers busy, and hands on the best of what each rung has", {
  skip,
}, async () => {
  const { entries, winner, trained } = await sweep("asha", ASHA, onQueue());
  const ofRung = (rung: number) => entries.filter((entry) => entry.rung === rung);
  assert.equal(ofRung(0).length, TRIALS);
  assert.equal(trained, entries.length);
  const last = Math.max(...entries.map(({ rung }) => rung));
  assert.ok(last > 0 && ofRung(last).length > 0, "some trial is trained in full");
  assert.equal(winner.rung, last);
  for (let rung = 1; rung <= last; rung++) {
    const below = ofRung(rung - 1);
    assert.ok(ofRung(rung).length < below.length, "most are given up");
    for (const { trial } of ofRung(rung)) {
      assert.ok(below.some((entry) => entry.trial.number === trial.number));
    }
  }
  // The same command again trains nothing, and ends the same.
  const again = await sweep("asha", ASHA, onQueue());
  assert.equal(again.trained, 0);
  assert.deepEqual(again.winner.trial.values, winner.trial.values);
});
