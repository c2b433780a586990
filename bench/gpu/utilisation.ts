/** How busy the GPU is, as nvidia-smi sees it twice a second. */

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";

export interface Utilisation {
  /** Mean over the samples, 0 to 100. */
  readonly percent: number;
  /** Largest, MiB. */
  readonly memory: number;
  readonly samples: number;
}

const INTERVAL_MS = 500;

/** @param log Every sample is kept there: utilisation in percent, memory in MiB, power in watts. */
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
  // Without NVIDIA's driver there is nothing to watch.
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
