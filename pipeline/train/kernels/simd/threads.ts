/**
 * Runs the kernels of this folder on several threads. A kernel's work is divided into tasks by its sizes alone, and a task computes
 * the same numbers whichever thread takes it: results do not depend on the number of threads.
 */

import { Worker } from "node:worker_threads";
import type { WasmMemory } from "./memory.ts";
import {
  ARGUMENT_COUNT,
  ARGUMENTS,
  beforeJob,
  FAILED,
  FINISHED,
  firstTask,
  JOBS,
  KERNEL,
  runTasks,
  TASKS,
} from "./taskRunner.mjs";

/** Parts into which sums over a batch are divided, whatever the number of threads: each is a task, and they are added in order. */
export const PARTS = 4;

/** Arguments that fit into the shared numbers. */
const MOST_ARGUMENTS = 32;
/** Looks at the other threads' progress before the main thread sleeps: waking up takes longer than most tasks' ends. */
const LOOKS = 2000;

type Kernel = (...args: number[]) => void;

/** @param tasks How many, below 2 ** 24 - 1; kernels get the worker's number and the task's as last arguments. */
export type Run = (name: string, args: readonly number[], tasks: number) => void;

/** The kernels on the thread that calls. */
export function onOneThread(kernels: Readonly<Record<string, Kernel>>): Run {
  return (name, args, tasks) => {
    const kernel = kernels[name]!;
    for (let task = 0; task < tasks; task++) kernel(...args, 0, task);
  };
}

/** A task takes milliseconds; after so long without one that ends, a thread is gone. */
const STALLED_MS = 120_000;

/**
 * The kernels on this thread and as many workers as are missing to `threads`. Workers take tasks once they have started; they do not
 * keep the process alive.
 *
 * @param module Compiled from the kernels; imports `memory`, which has to be shared.
 */
export function onThreads(
  kernels: Readonly<Record<string, Kernel>>,
  { module, memory, threads }: { module: object; memory: WasmMemory; threads: number },
): Run {
  const shared = {
    cursor: new BigInt64Array(new SharedArrayBuffer(BigInt64Array.BYTES_PER_ELEMENT)),
    numbers: new Int32Array(
      new SharedArrayBuffer((ARGUMENTS + MOST_ARGUMENTS) * Int32Array.BYTES_PER_ELEMENT),
    ),
  };
  const { cursor, numbers } = shared;
  const names = Object.keys(kernels);
  for (let worker = 1; worker < threads; worker++) {
    const trainingKernels = { module, memory, shared, names, worker };
    // Without the TypeScript loader, which would take a second and 10 MB per thread.
    const thread = new Worker(new URL("./taskRunner.mjs", import.meta.url), {
      execArgv: [],
      workerData: { trainingKernels },
    });
    // The others do its share.
    thread.on("error", ({ message }) =>
      process.emitWarning(`A thread of the training kernels ended: ${message}`),
    );
    thread.unref();
  }
  let job = 0;
  return (name, args, tasks) => {
    const kernel = kernels[name]!;
    if (tasks === 1) {
      kernel(...args, 0, 0);
      return;
    }
    job++;
    // A thread that is late must not take what follows for more tasks of the job before.
    Atomics.store(cursor, 0, beforeJob(job));
    numbers.set(args, ARGUMENTS);
    Atomics.store(numbers, ARGUMENT_COUNT, args.length);
    Atomics.store(numbers, KERNEL, names.indexOf(name));
    Atomics.store(numbers, TASKS, tasks);
    Atomics.store(numbers, FINISHED, 0);
    Atomics.store(cursor, 0, firstTask(job));
    Atomics.store(numbers, JOBS, job);
    Atomics.notify(numbers, JOBS);
    runTasks(shared, { job, kernel, args, tasks }, 0);
    for (let look = 0; look < LOOKS && Atomics.load(numbers, FINISHED) < tasks; look++);
    for (;;) {
      const finished = Atomics.load(numbers, FINISHED);
      if (finished === tasks) break;
      if (Atomics.wait(numbers, FINISHED, finished, STALLED_MS) === "timed-out")
        throw new Error(`internal: a thread of the kernel ${name} ended before its task`);
    }
    if (Atomics.exchange(numbers, FAILED, 0))
      throw new Error(`internal: the kernel ${name} failed`);
  };
}
