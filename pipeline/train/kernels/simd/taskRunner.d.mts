/** Types of taskRunner.mjs. */

export const JOBS: number;
export const FINISHED: number;
export const FAILED: number;
export const KERNEL: number;
export const TASKS: number;
export const ARGUMENT_COUNT: number;
export const ARGUMENTS: number;

export interface Job {
  /** Its number, different from that of the job before. */
  readonly job: number;
  readonly kernel: (...args: number[]) => void;
  readonly args: readonly number[];
  readonly tasks: number;
}

export function firstTask(job: number): bigint;
export function beforeJob(job: number): bigint;
export function runTasks(
  shared: { readonly cursor: BigInt64Array; readonly numbers: Int32Array },
  job: Job,
  worker: number,
): void;
