/**
 * What the main thread and the workers of `threads.ts` share: taking tasks of a job one by one until there are none. Plain
 * JavaScript, so that workers start without a loader.
 */

import { workerData } from "node:worker_threads";

/** Places in the shared numbers: what the job is. */
export const [JOBS, FINISHED, FAILED, KERNEL, TASKS, ARGUMENT_COUNT, ARGUMENTS] = [
  0, 1, 2, 3, 4, 5, 6,
];
/** Tasks of a job are numbered by the cursor's lower bits, jobs by the others. */
const TASK_BITS = 24n;
const TASK_MASK = (1n << TASK_BITS) - 1n;

/** @returns The cursor at a job's first task. */
export const firstTask = (job) => BigInt(job) << TASK_BITS;

/** @returns The cursor behind all tasks of the job before, however many a late thread takes it to have. */
export const beforeJob = (job) => firstTask(job) - 1n;

/**
 * Runs tasks of the job until none is left to take. A cursor that has moved on to another job gives none, so that a thread that is
 * late never runs a task with the arguments of another job.
 */
export function runTasks({ cursor, numbers }, { job, kernel, args, tasks }, worker) {
  for (;;) {
    const at = Atomics.load(cursor, 0);
    const task = Number(at & TASK_MASK);
    if (at >> TASK_BITS !== BigInt(job) || task >= tasks) return;
    if (Atomics.compareExchange(cursor, 0, at, at + 1n) !== at) continue;
    try {
      kernel(...args, worker, task);
    } catch {
      Atomics.store(numbers, FAILED, 1);
    }
    if (Atomics.add(numbers, FINISHED, 1) + 1 === tasks) Atomics.notify(numbers, FINISHED);
  }
}

/** A worker's whole life: waits for a job, helps with it, waits for the next. */
function serve({ module, memory, shared, names, worker }) {
  const { numbers } = shared;
  const { exports } = new WebAssembly.Instance(module, { env: { memory } });
  for (let job = 0; ; ) {
    Atomics.wait(numbers, JOBS, job);
    job = Atomics.load(numbers, JOBS);
    const count = Atomics.load(numbers, ARGUMENT_COUNT);
    const args = Array.from(numbers.subarray(ARGUMENTS, ARGUMENTS + count));
    const kernel = exports[names[Atomics.load(numbers, KERNEL)]];
    const tasks = Atomics.load(numbers, TASKS);
    runTasks(shared, { job, kernel, args, tasks }, worker);
  }
}

if (workerData?.trainingKernels) serve(workerData.trainingKernels);
