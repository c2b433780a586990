/** A bundle at work: its threads, its batches, its predictor. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { openBundle } from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import type { Provider } from "../../node/session.ts";
import type { Manifest, Precision } from "../../predictor/manifest.ts";
import { createPredictor, type Predictor } from "../../predictor/predictor.ts";
import type { Run } from "../../predictor/tensor.ts";
import { Batcher, type BatchRecord } from "./batcher.ts";
import { type Inference, startInference } from "./inference.ts";

/** Where nothing else is asked for: caches of a CPU hold few posters, a GPU wants many and can be waited for. */
const MAX_BATCH = { cpu: 8, gpu: 64 };
const MAX_DELAY_MS = { cpu: 0, gpu: 2 };

export interface Model {
  readonly manifest: Manifest;
  /** Names the bundle's content: the first digits of its manifest's SHA-256. */
  readonly version: string;
  /** Markdown; undefined where the bundle has none. */
  readonly card: string | undefined;
  readonly precision: Precision;
  readonly provider: Provider;
  readonly refused: Inference["refused"];
  readonly predictor: Predictor;
  /** Raw tensors through the same batches. */
  readonly run: Run;
  /** Rows that wait. */
  readonly depth: () => number;
  close(): Promise<void>;
}

export interface ModelOptions {
  readonly precision: Precision;
  readonly provider: Provider | "auto";
  readonly workers: number;
  readonly threads: number;
  /** 0 leaves it to the provider. */
  readonly maxBatch: number;
  /** Undefined leaves it to the provider. */
  readonly maxDelayMs?: number | undefined;
  readonly expected: () => number;
  readonly onBatch?: (batch: BatchRecord) => void;
  readonly onWait?: (seconds: number) => void;
}

/**
 * Opens a bundle, checks its files, starts its threads and runs a trial batch in each.
 *
 * @throws Error naming what is wrong with the bundle.
 */
export async function openModel(path: string, options: ModelOptions): Promise<Model> {
  const bundle = await openBundle(path, options.precision);
  const { manifest } = bundle;
  const { inputs, outputs } = manifest.graph;
  const inference = await startInference(bundle.graph, inputs, options);
  const kind = inference.provider === "cpu" ? "cpu" : "gpu";
  const batcher = new Batcher({
    ...options,
    threads: inference.threads,
    inputs,
    outputs,
    maxBatch: options.maxBatch || MAX_BATCH[kind],
    maxDelayMs: options.maxDelayMs ?? MAX_DELAY_MS[kind],
    spread: kind === "cpu",
  });
  const predictor = createPredictor(manifest, batcher.run);
  try {
    // The trial batches ran; this one also checks that the outputs are those the predictor reads.
    await predictor.predict([{ title: "Warm-up (2000)" }]);
  } catch (error) {
    await inference.close();
    throw error;
  }
  return {
    manifest,
    version: sha256(JSON.stringify(manifest)).slice(0, 12),
    card: await readFile(join(bundle.path, "README.md"), "utf8").catch(() => undefined),
    precision: options.precision,
    provider: inference.provider,
    refused: inference.refused,
    predictor,
    run: batcher.run,
    depth: () => batcher.depth,
    close: inference.close,
  };
}
