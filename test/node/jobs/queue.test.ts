/** A queue with real workers on a real Redis: whatever dies, every job is done, and counted once. */

import assert from "node:assert/strict";
import { type ChildProcess, fork } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import { Queue } from "bullmq";
import type { Redis } from "ioredis";
import { sha256 } from "../../../node/files.ts";
import { openClient, type QueueClient, type Work } from "../../../node/jobs/queue/client.ts";
import { connectRedis } from "../../../node/jobs/queue/connect.ts";
import { type Note, PREFIX } from "../../../node/jobs/queue/queue.ts";
import { openFolder } from "../../../node/storage/folder.ts";
import { startOf } from "../../builtProgram.ts";
import { without } from "../../needs/needs.ts";
import { until } from "../../until.ts";
import type { StepJob } from "./queueWorkerChild.ts";
import { startRedis, type TestRedis } from "./redis.ts";

const skip = without("redis");

interface Worker {
  readonly child: ChildProcess;
  readonly output: () => string;
}

let redis: TestRedis;
let storage: string;
let connection: Redis;
let client: QueueClient;
const notes: { readonly key: string; readonly note: Note }[] = [];
const workers = new Map<string, Worker>();

before(async () => {
  if (skip) return;
  redis = await startRedis();
  storage = join(redis.root, "storage");
  connection = await connectRedis({ url: redis.url, onNotice() {} });
  client = await openSteps();
  await Promise.all(["a", "b", "c"].map(startWorker));
});

after(async () => {
  if (skip) return;
  for (const { child } of workers.values()) child.kill("SIGKILL");
  await client.close();
  connection.disconnect();
  await redis.remove();
});

function openSteps(): Promise<QueueClient> {
  return openClient({
    queue: "steps",
    connection,
    onNote: (key, note) => notes.push({ key, note }),
  });
}

async function startWorker(name: string): Promise<void> {
  const program = startOf("test/node/jobs/queueWorkerChild.ts");
  const child = fork(program.at(-1)!, [redis.url, storage, name], {
    execArgv: program.slice(0, -1),
    stdio: ["ignore", "pipe", "inherit", "ipc"],
  });
  let output = "";
  child.stdout!.on("data", (chunk) => {
    output += chunk;
  });
  workers.set(name, { child, output: () => output });
  await until(() => /^ready$/m.test(output));
}

function stepJob(name: string, data: StepJob): Work {
  return { key: sha256(name), name, data };
}

/** Waits until a worker is at a job, beyond its first step. */
async function busy(name: string): Promise<string> {
  const found = () =>
    notes.findLast(({ note }) => note.machine === name && stepOf(note.event) >= 2)?.key;
  await until(() => found() !== undefined);
  return found()!;
}

function stepOf(event: unknown): number {
  return (event as { step?: number } | undefined)?.step ?? 0;
}

async function finished(): Promise<Map<string, number>> {
  const lines = (await readFile(join(storage, "finished.txt"), "utf8")).trimEnd().split("\n");
  const counts = new Map<string, number>();
  for (const line of lines) {
    const [key] = line.split(" ");
    counts.set(key!, (counts.get(key!) ?? 0) + 1);
  }
  return counts;
}

test("killed, frozen and cut off: all jobs end, each with one output", { skip }, async () => {
  const jobs = Array.from({ length: 8 }, (_, i) => stepJob(`job ${i}`, { steps: 12 }));
  const parent = stepJob("parent", { steps: 1 });
  const results = client.run(parent, jobs);

  const lost = await busy("a");
  workers.get("a")!.child.kill("SIGKILL");
  const frozen = await busy("b");
  workers.get("b")!.child.kill("SIGSTOP");
  await redis.kill();
  await pause(300);
  await redis.start();
  // Another worker takes the frozen one's job; then the frozen one goes on with it.
  await until(() => notes.some(({ key, note }) => key === frozen && note.machine === "c"));
  workers.get("b")!.child.kill("SIGCONT");

  const content = await results;
  const text = (await openFolder(storage).get(content as string)).toString();
  assert.deepEqual(JSON.parse(text), { key: parent.key, children: 8, failures: [] });
  const begins = notes.filter(
    ({ key, note }) => key === lost && (note.event as { begins?: number })?.begins !== undefined,
  );
  const last = begins.at(-1)!;
  assert.notEqual(last.note.machine, "a");
  assert.ok((last.note.event as { begins: number }).begins >= 2, "it goes on where it was left");
  const queue = new Queue("steps", { connection, prefix: PREFIX });
  assert.equal(await queue.getCompletedCount(), 9);
  assert.equal(await queue.getFailedCount(), 0);
  const counts = await finished();
  assert.deepEqual([...counts.keys()].sort(), [...jobs, parent].map(({ key }) => key).sort());
  await queue.close();
  await startWorker("a");
});

test("who waits may stop and come back, and equal jobs are one", { skip }, async () => {
  const job = stepJob("long", { steps: 8 });
  const first = client.run(job);
  // It ends with the client.
  first.catch(() => {});
  await until(() => notes.some(({ key }) => key === job.key));
  await client.close();
  client = await openSteps();
  const [one, two] = await Promise.all([client.run(job), client.run(job)]);
  assert.equal(one, two);
  const times = (await finished()).get(job.key);
  assert.equal(await client.run(job), one);
  assert.equal((await finished()).get(job.key), times, "a finished job is not done again");
});

test("a worker that is told to stop gives its job to another at once", { skip }, async () => {
  const job = stepJob("stopped", { steps: 15 });
  const result = client.run(job);
  const at = () => notes.findLast(({ key, note }) => key === job.key && stepOf(note.event) >= 2);
  await until(() => at() !== undefined);
  const name = at()!.note.machine;
  const { child } = workers.get(name)!;
  child.kill("SIGTERM");
  await result;
  assert.notEqual(at()!.note.machine, name);
  assert.ok(notes.some(({ key, note }) => key === job.key && note.text === `${name} stops`));
  const queue = new Queue("steps", { connection, prefix: PREFIX });
  assert.equal((await queue.getJob(job.key))!.attemptsMade, 1);
  await queue.close();
  await startWorker(name);
});

test("a job that fails three times is set aside with its log; others and its parent go on", {
  skip,
}, async () => {
  const broken = stepJob("broken", { steps: 1, broken: true });
  const good = stepJob("good", { steps: 1 });
  const parent = stepJob("parent of a broken one", { steps: 1 });
  const content = (await client.run(parent, [good, broken])) as string;
  const text = (await openFolder(storage).get(content)).toString();
  assert.deepEqual(JSON.parse(text).failures, ["broken as always"]);
  const tries = notes.filter(({ key, note }) => key === broken.key && note.text !== undefined);
  assert.deepEqual(
    tries.map(({ note }) => note.text),
    [1, 2, 3].map((n) => `broken as always (try ${n} of 3)`),
  );
  const queue = new Queue("steps", { connection, prefix: PREFIX });
  const { logs } = await queue.getJobLogs(broken.key);
  assert.equal(logs.filter((line) => /about to break/.test(line)).length, 3);
  await queue.close();

  const strict = stepJob("one that needs all", { steps: 1, strict: true });
  const other = stepJob("also broken", { steps: 1, broken: true });
  // A job waits in one flow.
  const fine = stepJob("fine", { steps: 1 });
  await assert.rejects(client.run(strict, [fine, other]), /^Error: broken as always$/);
  await writeFile(join(storage, "mended"), "");
  const mended = (await client.run(strict, [fine, other])) as string;
  const again = (await openFolder(storage).get(mended)).toString();
  assert.equal(JSON.parse(again).children, 2, "asked for again, it is tried again");
});

test("a job goes past workers that it does not fit, and is no failure there", {
  skip,
}, async () => {
  const job = stepJob("for d", { steps: 1, only: "d" });
  const result = client.run(job);
  await until(() => notes.some(({ key, note }) => key === job.key && note.text !== undefined));
  await startWorker("d");
  await result;
  const texts = notes.flatMap(({ key, note }) => (key === job.key ? (note.text ?? []) : []));
  assert.match(texts[0]!, /^given back by [abc]: only d has its data$/);
  const queue = new Queue("steps", { connection, prefix: PREFIX });
  assert.equal((await queue.getJob(job.key))!.attemptsMade, 1);
  await queue.close();
});
