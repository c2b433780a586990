/** Sweeps that compute the scores of trials by a formula instead of training. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SILENT } from "../../../pipeline/common/console.ts";
import type { Config } from "../../../pipeline/config/schema.ts";
import { generateSample } from "../../../pipeline/dataset/sample/sample.ts";
import { runSweep, type SweepResult, type Validate } from "../../../pipeline/sweep/run.ts";
import { parseSweep } from "../../../pipeline/sweep/schema.ts";

export interface TestSweeps {
  /** Temporary folder with the sweeps' folders. */
  readonly root: string;
  /** Folder of the data set. */
  readonly data: string;
  /** Base options of all sweeps. */
  readonly base: object;
  /** Runs a sweep in the folder `name`. */
  run(name: string, sweep: object, options?: SweepOptions): Promise<SweepResult & SweepLog>;
  /** Parsed lines of a sweep's journal, beginning with the header. */
  journal(name: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

interface SweepLog {
  readonly warnings: readonly string[];
  /** Configurations of all trainings, in order. */
  readonly trainedConfigs: readonly Config[];
}

interface SweepOptions {
  readonly onChange?: "refuse" | "extend" | "restart";
  /** mAP@5 of a configuration; if it throws, the trial fails. */
  readonly score?: (config: Config) => number;
  /** Filled with the configurations of all trainings, also if the sweep fails. */
  readonly trainedConfigs?: Config[];
}

/** Highest at a learning rate of 0.01; slightly higher with more epochs. */
export function scoreFor({ ratings }: Config): number {
  return 0.9 - 0.1 * Math.abs(Math.log10(ratings.learningRate) + 2) + 0.001 * ratings.epochs;
}

/** Generates a data set in a temporary folder. */
export async function createTestSweeps(): Promise<TestSweeps> {
  const root = await mkdtemp(join(tmpdir(), "marquee-sweep-"));
  const data = join(root, "data");
  await generateSample(data, { seed: 7, movies: 60 });
  const base = {
    data,
    cache: join(root, "cache"),
    folds: 2,
    seed: 3,
    backend: "wasm",
    title: { epochs: 1, buckets: 256, dimensions: 8 },
    poster: { epochs: 1, height: 24, width: 16, channels: [4, 8] },
    ratings: { epochs: 8, dimensions: 16 },
  };
  return {
    root,
    data,
    base,
    async run(name, sweep, { onChange = "refuse", score = scoreFor, trainedConfigs = [] } = {}) {
      const warnings: string[] = [];
      const validate: Validate = async (config) => {
        trainedConfigs.push(config);
        const mean = score(config);
        const figure = { input: "all inputs", group: "all movies", std: 0.01 };
        return {
          folds: 2,
          metric: "mAP@5",
          figures: [
            { ...figure, metric: "mAP@5", mean },
            { ...figure, metric: "LRAP", mean: 1 - mean },
          ],
        };
      };
      const finished = await runSweep({
        sweep: parseSweep({ base, ...sweep }, name),
        folder: join(root, name),
        onChange,
        out: { ...SILENT, warn: (text) => warnings.push(text) },
        validate,
      });
      return { ...finished, warnings, trainedConfigs };
    },
    async journal(name) {
      const text = await readFile(join(root, name, "results.jsonl"), "utf8");
      return text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line));
    },
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
