/** Child process that runs the whole pipeline on a data set, and measures time and memory. */

import { SILENT } from "../../pipeline/common/console.ts";
import { configSchema } from "../../pipeline/config/schema.ts";
import { runPipeline } from "../../pipeline/run/run.ts";

/** Folders of the data set, of the bundle and of the cache. */
export interface PipelineJob {
  readonly data: string;
  readonly out: string;
  readonly cache: string;
}

export interface PipelineResult {
  readonly seconds: number;
  /** CPU time of all threads, in seconds. */
  readonly cpu: number;
  /** Largest resident set size of the process, in bytes. */
  readonly peak: number;
}

process.once("message", async (folders: PipelineJob) => {
  const started = performance.now();
  const before = process.cpuUsage();
  const config = configSchema.parse({ ...folders, backend: "wasm", log: false, overwrite: true });
  await runPipeline(config, [], SILENT);
  const { user, system } = process.cpuUsage(before);
  const result: PipelineResult = {
    seconds: (performance.now() - started) / 1000,
    cpu: (user + system) / 1e6,
    peak: process.resourceUsage().maxRSS * 1024,
  };
  process.send!(result);
  process.disconnect();
});
