/** Samples GPU utilisation with nvidia-smi, twice per second. */

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface Utilisation {
  /** Mean utilisation, 0 to 100. */
  readonly percent: number;
  /** Largest memory use, in MiB. */
  readonly memory: number;
  /** Number of samples. */
  readonly samples: number;
}

const INTERVAL_MS = 500;

/**
 * Samples until `stop()`, which returns undefined if nvidia-smi is missing or had no sample.
 *
 * @param log CSV file of all samples: utilisation in percent, memory in MiB, power in watts.
 */
export function watchGpu(log: string): { stop(): Utilisation | undefined } {
  const fields = "utilization.gpu,memory.used,power.draw";
  const child = spawn("nvidia-smi", [
    `--query-gpu=${fields}`,
    "--format=csv,noheader,nounits",
    `--loop-ms=${INTERVAL_MS}`,
  ]);
  const file = createWriteStream(log);
  let text = "";
  child.stdout.on("data", (chunk) => {
    text += chunk;
    file.write(chunk);
  });
  // A missing nvidia-smi is not an error: stop() then returns undefined.
  child.on("error", () => {});
  return {
    stop() {
      child.kill();
      file.end();
      const rows = text
        .split("\n")
        .map((line) => line.split(",").map(Number))
        .filter(([percent, memory]) => Number.isFinite(percent) && Number.isFinite(memory));
      if (rows.length === 0) return undefined;
      return {
        percent: rows.reduce((sum, [percent]) => sum + percent!, 0) / rows.length,
        memory: Math.max(...rows.map(([, memory]) => memory!)),
        samples: rows.length,
      };
    },
  };
}
