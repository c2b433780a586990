/** The runner of a queue: what every runner does, and what its workers leave in the queue. */

import assert from "node:assert/strict";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { connectRedis } from "../../../../node/jobs/queue/connect.ts";
import { PREFIX } from "../../../../node/jobs/queue/queue.ts";
import { openStorage } from "../../../../node/storage/open.ts";
import { type FoldJob, foldsOf, keyOf } from "../../../../pipeline/jobs/job.ts";
import { encodeOutput } from "../../../../pipeline/jobs/queue/output.ts";
import { createQueueRunner, QUEUE } from "../../../../pipeline/jobs/queue/runner.ts";
import { startTrainingWorker } from "../../../../pipeline/jobs/queue/worker.ts";
import { without } from "../../../needs/needs.ts";
import { startProxy, type TestProxy } from "../../../node/jobs/proxy.ts";
import { startRedis, type TestRedis } from "../../../node/jobs/redis.ts";
import { testRunner } from "../behaviour.ts";
import { MACHINE, standIn, standInTrial } from "../standIn.ts";

/** What stand-ins did, by the job's key. */
const done = new Map<string, string[]>();
let connection: Redis;
let redis: TestRedis;
/** All connections of runners and workers go through it. */
let proxy: TestProxy;
let storage: string;
const notices: string[] = [];

function openRunner() {
  const onNotice = (text: string) => void notices.push(text);
  return createQueueRunner({ url: proxy.url, storage, onNotice, askMs: 300 });
}

testRunner(async () => {
  redis = await startRedis();
  storage = join(redis.root, "storage");
  proxy = await startProxy(redis.url);
  connection = await connectRedis({ url: proxy.url, onNotice() {} });
  const workers = ["a", "b"].map((name, i) =>
    startTrainingWorker({
      ...{ connection, storage: openStorage(storage), machine: MACHINE, name },
      ...{ place: { cache: redis.root, threads: 1 }, slots: i + 1, lockMs: 5000, onNotice() {} },
      runWork: standIn((key, what) => done.set(key, [...(done.get(key) ?? []), what])),
    }),
  );
  return {
    open: openRunner,
    async remove() {
      await Promise.all(workers.map(({ stop }) => stop()));
      connection.disconnect();
      proxy.close();
      await redis.remove();
    },
  };
}, without("redis"));

test("each job was done once, whoever asked; a failing one is set aside with its log", {
  skip: without("redis"),
}, async () => {
  const begins = (seed: number, folds: number, plan = {}) =>
    foldsOf(standInTrial(seed, folds, plan)).map(
      (fold) => done.get(keyOf(fold))?.filter((what) => /begins/.test(what)).length,
    );
  assert.deepEqual(begins(3, 3), [1, 1, 1], "asked for by four");
  assert.deepEqual(begins(6, 2, { steps: [25, 1] }), [1, undefined], "closing stopped nothing");
  const plan = { broken: [1], steps: [4, 1, 4] };
  // Three tries, and three more when the trial asked for it again.
  assert.deepEqual(begins(4, 3, plan), [1, 6, 1]);
  const queue = new Queue(QUEUE, { connection, prefix: PREFIX });
  const aside = keyOf(foldsOf(standInTrial(4, 3, plan))[1]!);
  assert.deepEqual(
    (await queue.getFailed()).map(({ id }) => id).filter((id) => id === aside),
    [aside],
  );
  const { logs } = await queue.getJobLogs(aside);
  const lines = logs.map((line) => line.replace(/^[ab]: /, ""));
  for (const tries of [1, 2, 3]) {
    assert.ok(
      lines.includes(`fold 2/3 failed: no fold can do this (try ${tries} of 3)`),
      `${logs}`,
    );
  }
  assert.equal(lines.filter((line) => line === "fold 2/3 begins").length, 3);
  await queue.close();
});

test("connections that are cut come back, and the job goes on", {
  skip: without("redis"),
}, async () => {
  const runner = await openRunner();
  const [fold] = foldsOf(standInTrial(10, 1, { steps: [60] })) as [FoldJob];
  let cut: Promise<void> | undefined;
  await runner.run(fold, (event) => {
    if ("epoch" in event && event.epoch.epoch >= 3) cut ??= proxy.cut(300);
  });
  await cut;
  assert.deepEqual(done.get(keyOf(fold)), ["begins at step 0", "ends"], "nobody began it again");
  const said = notices.filter((text) => text.includes(proxy.url));
  assert.match(said.join("\n"), /is lost.*; trying again\nconnected to .* again/);
  await runner.close();
});

test("a queue that is cleared, and outputs that are deleted, cost time only", {
  skip: without("redis"),
}, async () => {
  const runner = await openRunner();
  const [fold] = foldsOf(standInTrial(9, 1, { steps: [60] })) as [FoldJob];
  let cleared: Promise<unknown> | undefined;
  const result = await runner.run(fold, (event) => {
    if ("epoch" in event && event.epoch.epoch >= 3) cleared ??= connection.flushall();
  });
  await cleared;
  assert.ok(notices.includes("fold 1/1 is no longer in the queue; adding it again"));
  const begun = () => done.get(keyOf(fold))!.filter((what) => /begins/.test(what)).length;
  const before = begun();
  await rm(storage, { recursive: true });
  const again = await runner.run(fold, () => {});
  assert.deepEqual(encodeOutput(again).bytes, encodeOutput(result).bytes);
  assert.equal(begun(), before + 1, "the queue's own memory of it is not enough");
  await connection.flushall();
  assert.deepEqual(encodeOutput(await runner.run(fold, () => {})).bytes, encodeOutput(again).bytes);
  assert.equal(begun(), before + 1, "what the storage has needs no queue");
  await runner.close();
});
