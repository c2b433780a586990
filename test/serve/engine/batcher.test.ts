/** Which items run together, on which thread, and when: with threads that record what they were given. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import type { LabelsAnswer } from "../../../predictor/answerTypes.ts";
import { Batcher, type BatcherOptions } from "../../../serve/engine/batcher.ts";
import { predictItem, tensorItem } from "../../../serve/engine/batchItems.ts";
import type { PredictJob } from "../../../serve/engine/predictJob.ts";
import type { Tensors } from "../../../serve/engine/tensors.ts";
import type { Thread } from "../../../serve/engine/threads.ts";

/** Threads that answer with the movie's year, or fail on a year of 0; `hold` keeps them busy until `release`. */
function createThreads(count: number) {
  const batches: { thread: number; years: (number | undefined)[] }[] = [];
  let release: () => void = () => {};
  let busy = Promise.resolve();
  const threads = Array.from(
    { length: count },
    (_, thread): Thread => ({
      async predict(jobs) {
        const years = jobs.map(({ item }) => item.year as number);
        batches.push({ thread, years });
        await busy;
        if (years.includes(0)) throw new Error("year 0");
        const value = years.map((year) => ({
          answer: { scores: [], selected: [String(year)] },
          decodeSeconds: [1],
        }));
        return { value, seconds: years.length + 0.5 };
      },
      async run({ x }) {
        batches.push({ thread, years: [x!.dims[0]] });
        return { value: { y: x! }, seconds: 0 };
      },
    }),
  );
  return {
    threads,
    batches,
    hold() {
      busy = new Promise((resolve) => {
        release = resolve;
      });
    },
    release: () => release(),
  };
}

/** Lets everything happen that needs no more than turns of the event loop. */
async function settle(): Promise<void> {
  for (let i = 0; i < 5; i++) await turn();
}

const OPTIONS: BatcherOptions = {
  maxBatch: 4,
  maxDelayMs: 0,
  spread: false,
  expected: () => 0,
};
const itemOf = (year: number, more: Partial<PredictJob> = {}) =>
  predictItem({ item: { year }, ...more }, 3);
const tensors = (...values: number[]): Tensors => ({
  x: { type: "float32", dims: [values.length, 1], data: Float32Array.from(values) },
});
const sizes = (batches: readonly { years: readonly unknown[] }[]) =>
  batches.map(({ years }) => years.length);

test("items that wait together run together, up to the largest batch, in order", async () => {
  const { threads, batches } = createThreads(1);
  const batcher = new Batcher(threads, OPTIONS);
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((year) => batcher.add(itemOf(year))));
  assert.deepEqual(
    results.map(({ answer }) => (answer as LabelsAnswer).selected[0]),
    ["1", "2", "3", "4", "5", "6"],
  );
  assert.deepEqual(batches, [
    { thread: 0, years: [1, 2, 3, 4] },
    { thread: 0, years: [5, 6] },
  ]);
  assert.equal(batcher.depth, 0);
});

test("free threads share what waits where that is quicker, and only there", async () => {
  for (const spread of [true, false]) {
    const { threads, batches } = createThreads(2);
    const batcher = new Batcher(threads, { ...OPTIONS, spread });
    await Promise.all([1, 2, 3].map((year) => batcher.add(itemOf(year))));
    assert.deepEqual(sizes(batches), spread ? [2, 1] : [3]);
    assert.equal(new Set(batches.map(({ thread }) => thread)).size, batches.length);
  }
});

test("where there is work for all, threads are given a batch ahead; less waits for the first free thread", async () => {
  const { threads, batches, hold, release } = createThreads(2);
  const batcher = new Batcher(threads, { ...OPTIONS, spread: true });
  hold();
  const running = [1, 2].map((year) => batcher.add(itemOf(year)));
  await settle();
  running.push(batcher.add(itemOf(3)));
  await settle();
  assert.deepEqual([batches.length, batcher.depth], [2, 1]);
  running.push(batcher.add(itemOf(4)));
  await settle();
  assert.deepEqual(
    batches.map(({ thread, years }) => `${thread}: ${years}`),
    ["0: 1", "1: 2", "0: 3", "1: 4"],
  );
  running.push(...[5, 6, 7, 8].map((year) => batcher.add(itemOf(year))));
  await settle();
  assert.deepEqual([batches.length, batcher.depth], [4, 4]);
  release();
  await Promise.all(running);
  assert.deepEqual(
    batches.slice(4).flatMap(({ years }) => years),
    [5, 6, 7, 8],
  );
});

test("a lone item waits for others only while they are expected", async () => {
  for (const [expected, together] of [
    [1, true],
    [0, false],
  ] as const) {
    const { threads, batches } = createThreads(1);
    const batcher = new Batcher(threads, {
      ...OPTIONS,
      maxDelayMs: 200,
      expected: () => expected,
    });
    const first = batcher.add(itemOf(1));
    await settle();
    await Promise.all([first, batcher.add(itemOf(2))]);
    assert.deepEqual(sizes(batches), together ? [2] : [1, 1]);
  }
});

test("tensors and movies are never mixed; tensors are joined and cut again", async () => {
  const { threads, batches } = createThreads(1);
  const batcher = new Batcher(threads, OPTIONS);
  const [a, , b] = await Promise.all([
    batcher.add(tensorItem(tensors(1, 2), new Set())),
    batcher.add(itemOf(1999)),
    batcher.add(tensorItem(tensors(3), new Set())),
  ]);
  assert.deepEqual([...a.y!.data, ...b.y!.data], [1, 2, 3]);
  assert.deepEqual(
    [a.y!.dims, b.y!.dims],
    [
      [2, 1],
      [1, 1],
    ],
  );
  assert.deepEqual(
    batches.map(({ years }) => years),
    [[3], [1999]],
  );
});

test("an explanation weighs as much as its work, and counts as one movie", async () => {
  const { threads, batches } = createThreads(1);
  const rows: number[] = [];
  const batcher = new Batcher(threads, { ...OPTIONS, onBatch: (batch) => rows.push(batch.rows) });
  const explained = predictItem({ item: { year: 2 }, explain: true }, 3);
  await Promise.all([batcher.add(itemOf(1)), batcher.add(explained), batcher.add(itemOf(3))]);
  assert.deepEqual(sizes(batches), [1, 1, 1]);
  assert.deepEqual(rows, [1, 1, 1]);
});

test("a single heavy item is not given ahead", async () => {
  const { threads, batches, hold, release } = createThreads(2);
  const batcher = new Batcher(threads, { ...OPTIONS, spread: true });
  hold();
  const running = [1, 2].map((year) => batcher.add(itemOf(year)));
  await settle();
  running.push(batcher.add(itemOf(3, { explain: true })));
  await settle();
  assert.equal(batches.length, 2);
  release();
  await Promise.all(running);
});

test("an item that fails its batch fails alone", async () => {
  const { threads, batches } = createThreads(1);
  const batcher = new Batcher(threads, OPTIONS);
  const results = await Promise.allSettled([1, 0, 2].map((year) => batcher.add(itemOf(year))));
  assert.deepEqual(
    results.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
  assert.deepEqual(sizes(batches), [3, 1, 1, 1]);
});

test("an item that leaves the queue does not run, and makes room", async () => {
  const { threads, batches, hold, release } = createThreads(1);
  const batcher = new Batcher(threads, OPTIONS);
  hold();
  const running = batcher.add(itemOf(1));
  await settle();
  const client = new AbortController();
  let arrived = 0;
  const waiter = { signal: client.signal, arrived: () => arrived++ };
  const left = batcher.add(itemOf(2), waiter);
  assert.deepEqual([arrived, batcher.depth], [1, 1]);
  client.abort(new Error("the client has disconnected"));
  await assert.rejects(left, /the client has disconnected/);
  assert.equal(batcher.depth, 0);
  release();
  await running;
  assert.deepEqual(
    batches.map(({ years }) => years),
    [[1]],
  );
});

test("work, decoding and waiting are timed separately", async () => {
  const { threads } = createThreads(1);
  const records: unknown[] = [];
  const waits: number[] = [];
  const batcher = new Batcher(threads, {
    ...OPTIONS,
    onBatch: (batch) => records.push(batch),
    onWait: (seconds) => waits.push(seconds),
  });
  await Promise.all([batcher.add(itemOf(1)), batcher.add(itemOf(2))]);
  assert.deepEqual(records, [{ rows: 2, requests: 2, decodeSeconds: [1, 1], seconds: 0.5 }]);
  // The thread says that it worked for longer than all of it took.
  assert.deepEqual(waits, [0, 0]);
});
