/** Both trainings side by side, in Markdown. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProviderRate } from "./providers.ts";
import type { Utilisation } from "./utilisation.ts";

export interface Result {
  readonly backend: string;
  readonly processor: string;
  /** On the test movies, all inputs, through the exported graph. */
  readonly map5: number;
  readonly trainingSeconds: number;
  /** From reading the data to the scores. */
  readonly wholeSeconds: number;
  /** Largest difference between model and graph over all movies. */
  readonly verified: number;
  readonly towers: readonly {
    readonly tower: string;
    readonly epochs: number;
    readonly samplesPerSecond: number;
  }[];
  readonly utilisation?: Utilisation;
  readonly providers: readonly ProviderRate[];
}

/** The largest difference of mAP@5 that is rounding and not a fault. */
const TOLERANCE = 0.005;

/** @param results Folder with the results of the runs; what is missing there did not finish. */
export function report(results: string): string {
  const runs = ["webgpu", "wasm"].flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(results, `${name}.json`), "utf8")) as Result];
    } catch {
      return [];
    }
  });
  const [gpu, wasm] = runs;
  if (!gpu || !wasm) {
    const finished = runs.map(({ backend }) => backend).join() || "none";
    return `Not both trainings finished (${finished} did); the logs in ${results} say why.\n`;
  }
  const difference = Math.abs(gpu.map5 - wasm.map5);
  const verdict = difference <= TOLERANCE ? "within" : "NOT within";
  const utilisation = gpu.utilisation
    ? `GPU busy ${gpu.utilisation.percent.toFixed(0)} % on average, ${gpu.utilisation.memory} MiB at most (${gpu.utilisation.samples} samples of nvidia-smi while training).`
    : "No nvidia-smi here: how busy the GPU was is not known.";
  return [
    `${gpu.processor}; ${gpu.backend}; both trainings at the same time.`,
    "",
    `| | mAP@5 | training, s | whole run, s | samples/s: ${gpu.towers.map(({ tower, epochs }) => `${tower} (${epochs} epochs)`).join(", ")} | model and graph differ by |`,
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...runs.map(
      ({ backend, map5, trainingSeconds, wholeSeconds, towers, verified }) =>
        `| ${backend} | ${map5.toFixed(4)} | ${trainingSeconds.toFixed(1)} | ${wholeSeconds.toFixed(1)} | ${towers.map(({ samplesPerSecond }) => Math.round(samplesPerSecond)).join(", ")} | ${verified.toExponential(1)} |`,
    ),
    "",
    `mAP@5 differs by ${difference.toFixed(4)}: ${verdict} ${TOLERANCE}. ${utilisation}`,
    "",
    "| onnxruntime-node, movies/s | batch 1 | batch 32 | batch 256 |",
    "| --- | ---: | ---: | ---: |",
    ...gpu.providers.map(({ provider, reason, rates }) =>
      reason === undefined
        ? `| ${provider} | ${rates.map(({ moviesPerSecond }) => Math.round(moviesPerSecond)).join(" | ")} |`
        : `| ${provider} | ${reason} | | |`,
    ),
    "",
  ].join("\n");
}
