/** Features of a frozen backbone, computed once per poster instead of in every epoch, and cached on disk. */

import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeFileAtomic } from "../../node/files.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { Backbone, FeatureMoments } from "../model/backbone.ts";

export interface PosterFeatures {
  /** Number of features per poster and view. */
  readonly size: number;
  /** Number of views: the poster (0) and its mirror image (1). */
  readonly views: number;
  /** Copies [size] into `out` from `offset` on. */
  read(path: string, view: number, out: Float32Array, offset: number): void;
}

/** The poster and its mirror image. */
const VIEWS = 2;
/** Posters per forward pass; affects only memory. */
const BATCH = 8;

export interface PosterFeatureOptions {
  readonly backbone: Backbone;
  readonly posters: PosterStore;
  /** Posters, without repeats. */
  readonly paths: readonly string[];
  /** Cache folder. */
  readonly cache: string;
  /** Opens the backbone's graph: `poster` uint8 [n, H, W, 3] -> `features` float32 [n, features]. */
  readonly open: () => Promise<{ run: RunGraph; close(): Promise<void> }>;
  /** Name and version of the graph's runtime, part of the cache's key; default: the installed onnxruntime-node. */
  readonly runtime?: string;
  /** Called with a message if the cached file is damaged; features are then computed again. */
  readonly onDamaged?: (reason: string) => void;
  /** Called with the number of posters done. */
  readonly onProgress?: (done: number) => void;
}

/**
 * Computes features with ONNX Runtime and the exported graph: a frozen network needs no gradients, and TensorFlow.js on
 * WebAssembly takes ten times as long. Features are read from the cache if it has them.
 */
export async function computePosterFeatures(
  options: PosterFeatureOptions,
): Promise<PosterFeatures> {
  const { backbone, posters, paths, cache, runtime = onnxRuntime() } = options;
  const size = backbone.features;
  const { height, width } = posters.spec;
  const pixels = new Uint8Array(height * width * 3);
  const key = createHash("sha256").update(`${VERSION} ${runtime} ${backbone.sha256}`);
  for (const path of paths) {
    posters.read(path, pixels);
    key.update(pixels);
  }
  const file = join(cache, `features-${key.digest("hex").slice(0, 24)}.f32`);
  const bytes = paths.length * VIEWS * size * 4;
  let values = await readCached(file, bytes, options.onDamaged);
  if (!values) {
    values = await computeAll(options);
    await mkdir(cache, { recursive: true });
    const content = Buffer.from(values.buffer);
    await writeFileAtomic(file, Buffer.concat([content, digestOf(content)]));
  }
  const features = values;
  const slots = new Map(paths.map((path, i) => [path, i]));
  return {
    size,
    views: VIEWS,
    read(path, view, out, offset) {
      const start = (slots.get(path)! * VIEWS + view) * size;
      out.set(features.subarray(start, start + size), offset);
    },
  };
}

/** Increased whenever the same posters would give other features. */
const VERSION = 1;

const onnxRuntime = () => `onnxruntime-node ${packageVersion("onnxruntime-node")}`;

/** Length of the SHA-256 at the end of the file, in bytes. */
const DIGEST_BYTES = 32;

function digestOf(content: Uint8Array): Buffer {
  return createHash("sha256").update(content).digest();
}

/** @returns Undefined if the file is missing or damaged; wrong values would train another model unnoticed. */
async function readCached(
  file: string,
  bytes: number,
  onDamaged: PosterFeatureOptions["onDamaged"],
): Promise<Float32Array | undefined> {
  let content: Buffer;
  try {
    content = await readFile(file);
  } catch {
    return undefined;
  }
  const values = content.subarray(0, bytes);
  const digest = content.subarray(bytes);
  if (digest.length !== DIGEST_BYTES || !digestOf(values).equals(digest)) {
    onDamaged?.(`${file} is damaged; computing its features again`);
    return undefined;
  }
  return new Float32Array(new Uint8Array(values).buffer);
}

async function computeAll(options: PosterFeatureOptions): Promise<Float32Array> {
  const { backbone, posters, paths, onProgress } = options;
  const { height, width } = posters.spec;
  const perPoster = height * width * 3;
  const values = new Float32Array(paths.length * VIEWS * backbone.features);
  const { run, close } = await options.open();
  try {
    for (let start = 0; start < paths.length; start += BATCH) {
      const part = paths.slice(start, start + BATCH);
      const data = new Uint8Array(part.length * VIEWS * perPoster);
      for (const [i, path] of part.entries()) {
        const at = i * VIEWS * perPoster;
        posters.read(path, data, at);
        mirror(data.subarray(at, at + perPoster), width, data, at + perPoster);
      }
      const dims = [part.length * VIEWS, height, width, 3];
      const { features } = await run({ poster: { type: "uint8", dims, data } });
      values.set(features!.data as Float32Array, start * VIEWS * backbone.features);
      onProgress?.(start + part.length);
    }
  } finally {
    await close();
  }
  return values;
}

function mirror(pixels: Uint8Array, width: number, out: Uint8Array, offset: number): void {
  const rows = pixels.length / (width * 3);
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < width; x++) {
      const from = (y * width + x) * 3;
      const to = offset + (y * width + (width - 1 - x)) * 3;
      for (let c = 0; c < 3; c++) out[to + c] = pixels[from + c]!;
    }
  }
}

/** The standardised features, which are the input of the tower's head. */
export function standardised(features: PosterFeatures, moments: FeatureMoments): PosterFeatures {
  const { size } = features;
  return {
    ...features,
    read(path, view, out, offset) {
      features.read(path, view, out, offset);
      for (let k = 0; k < size; k++) {
        out[offset + k] = (out[offset + k]! - moments.mean[k]!) / moments.std[k]!;
      }
    },
  };
}

/** Mean and standard deviation of every feature over the given posters and all views. */
export function featureMoments(paths: readonly string[], features: PosterFeatures): FeatureMoments {
  const { size, views } = features;
  const sum = new Float64Array(size);
  const squares = new Float64Array(size);
  const values = new Float32Array(size);
  for (const path of paths) {
    for (let view = 0; view < views; view++) {
      features.read(path, view, values, 0);
      for (const [k, value] of values.entries()) {
        sum[k]! += value;
        squares[k]! += value * value;
      }
    }
  }
  const n = Math.max(1, paths.length * views);
  return {
    mean: Float32Array.from(sum, (value) => value / n),
    // Constant features would have a standard deviation of 0.
    std: Float32Array.from(squares, (value, k) =>
      Math.max(MIN_STD, Math.sqrt(Math.max(0, value / n - (sum[k]! / n) ** 2))),
    ),
  };
}

/** Lower bound of a feature's standard deviation. */
const MIN_STD = 1e-3;
