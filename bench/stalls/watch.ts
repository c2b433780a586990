/** How long work keeps this thread's event loop from others. */

import { readFileSync } from "node:fs";

export interface Stall {
  /** Longest time between two timers, in milliseconds, also where other processes had the processor. */
  readonly wall: number;
  /** Most processor time that the thread used between two timers: what the work itself took. */
  readonly cpu: number;
  /** Most memory of the process beyond what it had before, in bytes. */
  readonly memory: number;
}

/** Linux: processor time of the main thread in nanoseconds. */
const CPU_FILE = `/proc/self/task/${process.pid}/schedstat`;

/** Watches while `work` runs, which must leave the main thread to what is measured. */
export async function watch<Result>(
  work: () => Promise<Result>,
): Promise<{ readonly result: Result; readonly stall: Stall }> {
  const before = process.memoryUsage.rss();
  let last = { wall: performance.now(), cpu: cpuMs() };
  let wall = 0;
  let cpu = 0;
  let peak = before;
  const look = () => {
    const now = { wall: performance.now(), cpu: cpuMs() };
    wall = Math.max(wall, now.wall - last.wall);
    cpu = Math.max(cpu, now.cpu - last.cpu);
    last = now;
    peak = Math.max(peak, process.memoryUsage.rss());
  };
  const timer = setInterval(look, 1);
  try {
    const result = await work();
    // What the answer left to do.
    await new Promise((resolve) => setTimeout(resolve, 20));
    look();
    return { result, stall: { wall, cpu, memory: peak - before } };
  } finally {
    clearInterval(timer);
  }
}

function cpuMs(): number {
  return Number(readFileSync(CPU_FILE, "utf8").split(" ", 1)[0]) / 1e6;
}
