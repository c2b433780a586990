/** Compares the trainings on WebGPU and on WASM, in Markdown. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { ProviderRate } from "./providers.ts";
import type { Utilisation } from "./utilisation.ts";

/** The result of a training on one backend. */
export interface BackendResult {
  readonly backend: string;
  readonly processor: string;
  /** mAP@5 of the exported graph on the test movies, with all inputs. */
  readonly map5: number;
  readonly trainingSeconds: number;
  /** Duration from reading the data to the scores, in seconds. */
  readonly wholeSeconds: number;
  /** Largest difference between the outputs of model and graph, over all movies. */
  readonly parityDifference: number;
  readonly towers: readonly {
    readonly tower: string;
    readonly epochs: number;
    readonly samplesPerSecond: number;
  }[];
  readonly utilisation?: Utilisation;
  readonly providers: readonly ProviderRate[];
}

/** Largest difference of mAP@5 between backends that counts as rounding. */
const MAP5_TOLERANCE = 0.005;

/** @param results Folder with `<backend>.json` of each training that finished. */
export function report(results: string): string {
  const runs = ["webgpu", "wasm"].flatMap((name) => {
    try {
      return [JSON.parse(readFileSync(join(results, `${name}.json`), "utf8")) as BackendResult];
    } catch {
      return [];
    }
  });
  const [gpu, wasm] = runs;
  if (!gpu || !wasm) {
    const finished = runs.map(({ backend }) => backend).join() || "none";
    return `Only these trainings finished: ${finished}. See the logs in ${results}.\n`;
  }
  const difference = Math.abs(gpu.map5 - wasm.map5);
  const verdict = difference <= MAP5_TOLERANCE ? "within" : "NOT within";
  const utilisation = gpu.utilisation
    ? `GPU utilisation ${gpu.utilisation.percent.toFixed(0)} % on average, memory ${gpu.utilisation.memory} MiB at most (${gpu.utilisation.samples} samples of nvidia-smi during training).`
    : "GPU utilisation unknown: nvidia-smi is missing.";
  return [
    `${gpu.processor}; ${gpu.backend}; both trainings ran at the same time.`,
    "",
    `| | mAP@5 | training, s | whole run, s | samples/s: ${gpu.towers.map(({ tower, epochs }) => `${tower} (${epochs} epochs)`).join(", ")} | largest difference of model and graph |`,
    "| --- | ---: | ---: | ---: | ---: | ---: |",
    ...runs.map(
      ({ backend, map5, trainingSeconds, wholeSeconds, towers, parityDifference }) =>
        `| ${backend} | ${map5.toFixed(4)} | ${trainingSeconds.toFixed(1)} | ${wholeSeconds.toFixed(1)} | ${towers.map(({ samplesPerSecond }) => Math.round(samplesPerSecond)).join(", ")} | ${parityDifference.toExponential(1)} |`,
    ),
    "",
    `mAP@5 differs by ${difference.toFixed(4)}: ${verdict} ${MAP5_TOLERANCE}. ${utilisation}`,
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
