/** Jobs on several threads: every task runs exactly once, workers help, and who is late runs nothing. */

import assert from "node:assert/strict";
import { test } from "node:test";
import type { WasmMemory } from "../../../../pipeline/train/kernels/simd/memory.ts";
import {
  beforeJob,
  FAILED,
  FINISHED,
  firstTask,
  runTasks,
} from "../../../../pipeline/train/kernels/simd/taskRunner.mjs";
import { onThreads } from "../../../../pipeline/train/kernels/simd/threads.ts";

/** The part of the API used here: TypeScript's ECMAScript libraries do not have it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
  Memory: new (options: object) => WasmMemory;
};

type Kernel = (...args: number[]) => void;

/** mark(base, worker, task): adds 1 to the int32 at base + 4 * task, and to that at base + 256 + 4 * worker. */
const MARK = Buffer.from(
  `0061736d01000000 01070160037f7f7f00 02100103656e76066d656d6f7279020301 01 03020100
   070801046d61726b0000 0a30012e00 200020024102746a22022002280200410 16a360200
   200020014102746a22012001280280024101 6a36028002 0b`.replace(/\s/g, ""),
  "hex",
);
const WORKERS_AT = 64;

test("every task of a job runs once, and the other thread runs some of them", () => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true });
  const module = new WebAssembly.Module(MARK);
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  const kernels = exports as Record<string, Kernel>;
  const run = onThreads(kernels, { module, memory, threads: 2 });
  const counts = new Int32Array(memory.buffer);
  const deadline = performance.now() + 60_000;
  let jobs = 0;
  do {
    jobs++;
    run("mark", [0], 50);
    run("mark", [0], 2);
    const each = [...Array(2).fill(2 * jobs), ...Array(48).fill(jobs), 0];
    assert.deepEqual([...counts.subarray(0, 51)], each);
    assert.ok(performance.now() < deadline, "the other thread never helps");
  } while (jobs < 200 || counts[WORKERS_AT + 1]! < 100);
  assert.equal(counts[WORKERS_AT]! + counts[WORKERS_AT + 1]!, 52 * jobs);
  run("mark", [0], 1);
  assert.equal(counts[0], 2 * jobs + 1);
});

function sharedAt(job: number) {
  return { cursor: BigInt64Array.of(firstTask(job)), numbers: new Int32Array(8) };
}

test("a thread that is late with a job runs no task of the next one", () => {
  const shared = sharedAt(7);
  const ran: number[][] = [];
  const kernel: Kernel = (...args) => ran.push(args);
  runTasks(shared, { job: 6, kernel, args: [1], tasks: 3 }, 1);
  assert.deepEqual(ran, []);
  // While the next job is being written, its number of tasks may be read with the number of the job before.
  shared.cursor[0] = beforeJob(7);
  runTasks(shared, { job: 6, kernel, args: [1], tasks: 1_000_000 }, 1);
  runTasks(shared, { job: 7, kernel, args: [1], tasks: 3 }, 1);
  assert.deepEqual(ran, []);
  shared.cursor[0] = firstTask(7);
  runTasks(shared, { job: 7, kernel, args: [1, 2], tasks: 3 }, 1);
  assert.deepEqual(ran, [
    [1, 2, 1, 0],
    [1, 2, 1, 1],
    [1, 2, 1, 2],
  ]);
  assert.equal(shared.numbers[FINISHED], 3);
  assert.equal(shared.numbers[FAILED], 0);
});

test("a task that fails counts as finished, and marks the job as failed", () => {
  const shared = sharedAt(1);
  const kernel: Kernel = () => {
    throw new Error("out of bounds");
  };
  runTasks(shared, { job: 1, kernel, args: [], tasks: 2 }, 0);
  assert.equal(shared.numbers[FINISHED], 2);
  assert.equal(shared.numbers[FAILED], 1);
});
