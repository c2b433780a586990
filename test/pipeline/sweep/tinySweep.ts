/** Sweeps whose trials cost nothing: what a configuration is worth is written down here. */

import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SILENT } from "../../../pipeline/common/console.ts";
import type { Config } from "../../../pipeline/config/schema.ts";
import { generateSample } from "../../../pipeline/dataset/sample/sample.ts";
import { type Finished, runSweep, type Validate } from "../../../pipeline/sweep/run.ts";
import { parseSweep } from "../../../pipeline/sweep/schema.ts";

export interface Desk {
  readonly root: string;
  readonly data: string;
  readonly base: object;
  /** Runs a sweep in the folder `name`; `worth` of a configuration may throw. */
  sweep(name: string, sweep: object, options?: SweepOptions): Promise<Finished & Said>;
  /** Lines of a sweep's journal. */
  journal(name: string): Promise<Record<string, unknown>[]>;
  remove(): Promise<void>;
}

interface Said {
  readonly warnings: readonly string[];
  /** The configurations that were trained, in order. */
  readonly asked: readonly Config[];
}

interface SweepOptions {
  readonly onChange?: "refuse" | "extend" | "restart";
  readonly worth?: (config: Config) => number;
  /** Told of what was trained, also where the sweep then fails. */
  readonly asked?: Config[];
}

/** Best at a learning rate of 0.01, by any number of epochs. */
export function worthOf({ ratings }: Config): number {
  return 0.9 - 0.1 * Math.abs(Math.log10(ratings.learningRate) + 2) + 0.001 * ratings.epochs;
}

export async function createDesk(): Promise<Desk> {
  const root = await mkdtemp(join(tmpdir(), "marquee-sweep-"));
  const data = join(root, "data");
  await generateSample(data, { seed: 7, movies: 60 });
  const base = {
    ...{ data, cache: join(root, "cache"), folds: 2, seed: 3, backend: "wasm" },
    title: { epochs: 1, buckets: 256, dimensions: 8 },
    poster: { epochs: 1, height: 24, width: 16, channels: [4, 8] },
    ratings: { epochs: 8, dimensions: 16 },
  };
  return {
    root,
    data,
    base,
    async sweep(name, sweep, { onChange = "refuse", worth = worthOf, asked = [] } = {}) {
      const warnings: string[] = [];
      const validate: Validate = async (config) => {
        asked.push(config);
        const mean = worth(config);
        const figure = { input: "all inputs", group: "all movies", std: 0.01 };
        return {
          summary: {
            folds: 2,
            figures: [
              { ...figure, metric: "mAP@5", mean },
              { ...figure, metric: "LRAP", mean: 1 - mean },
            ],
          },
        };
      };
      const finished = await runSweep({
        sweep: parseSweep({ base, ...sweep }, name),
        folder: join(root, name),
        onChange,
        out: { ...SILENT, warn: (text) => warnings.push(text) },
        validate,
      });
      return { ...finished, warnings, asked };
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
