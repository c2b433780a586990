/** Child process that takes a data set to a published bundle, and measures time and memory of every stage. */

import { readFileSync, writeFileSync } from "node:fs";
import { SILENT } from "../../pipeline/common/console.ts";
import { configSchema } from "../../pipeline/config/schema.ts";
import { runPipeline } from "../../pipeline/run/run.ts";

/** Options of the pipeline, nested as in a `--config` file. */
export type Job = Readonly<Record<string, unknown>>;

export interface Stage {
  /** As the pipeline announces it. */
  readonly name: string;
  readonly seconds: number;
  /** CPU time of all threads, in seconds. */
  readonly cpu: number;
  /** Largest resident set size of the process in this stage, in bytes. */
  readonly peak: number;
}

process.once("message", async (job: Job) => {
  const stages: Stage[] = [];
  let current: { name: string; started: number; cpu: NodeJS.CpuUsage } | undefined;
  const stage = (name: string) => {
    finish();
    resetPeak();
    current = { name, started: performance.now(), cpu: process.cpuUsage() };
  };
  const finish = () => {
    if (!current) return;
    const { user, system } = process.cpuUsage(current.cpu);
    stages.push({
      name: current.name,
      seconds: (performance.now() - current.started) / 1000,
      cpu: (user + system) / 1e6,
      peak: peakMemory(),
    });
    current = undefined;
  };
  const console = { ...SILENT, stage, warn: (text: string) => process.stderr.write(`${text}\n`) };
  await runPipeline(configSchema.parse(job), [], console);
  finish();
  process.send!(stages);
  process.disconnect();
});

/** Starts a new measurement of the largest resident set size, which Linux can; elsewhere it is that of the run so far. */
function resetPeak(): void {
  if (process.platform === "linux") writeFileSync("/proc/self/clear_refs", "5");
}

/** Bytes. */
function peakMemory(): number {
  if (process.platform !== "linux") return process.resourceUsage().maxRSS * 1024;
  const [, kibibytes] = /^VmHWM:\s*(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"))!;
  return Number(kibibytes) * 1024;
}
