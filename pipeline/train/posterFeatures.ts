/** Features of a frozen backbone, computed once per poster instead of in every epoch, and cached on disk. */

import { join } from "node:path";
import { sha256 } from "../../node/files.ts";
import { packageVersion } from "../../node/packageVersion.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import {
  openPack,
  type Pack,
  type PackEntry,
  type PackFormat,
  writePack,
} from "../dataset/pack.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { Backbone, FeatureMoments } from "../model/backbone.ts";

export interface PosterFeatures {
  /** Path of the cache file. */
  readonly file: string;
  /** Number of features per poster and view. */
  readonly size: number;
  /** Number of views: the poster (0) and its mirror image (1). */
  readonly views: number;
  /** Copies [size] into `out` from `offset` on. @throws Error if the cache file was damaged since it was opened. */
  read(path: string, view: number, out: Float32Array, offset: number): void;
  /** Closes the cache file. */
  close(): void;
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
  /** Called with a sentence if the cached file is damaged: what is sound in it is used, the rest is computed again. */
  readonly onDamaged?: (text: string) => void;
  /** Called with the number of posters done, of those with different pixels. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Computes features with ONNX Runtime and the exported graph: a frozen network needs no gradients, and TensorFlow.js on
 * WebAssembly takes ten times as long. Features are read from the cache file if it has them, poster by poster: those of a
 * million posters take gigabytes.
 */
export async function computePosterFeatures(
  options: PosterFeatureOptions,
): Promise<PosterFeatures> {
  const { backbone, posters, paths, cache, runtime = onnxRuntime() } = options;
  const size = backbone.features;
  const keyOf = keysOf(posters, paths);
  const name = sha256([VERSION, runtime, backbone.sha256, ...keyOf.values()].join(" "));
  const file = join(cache, `features-${name.slice(0, 24)}.pack`);
  const format: PackFormat = {
    description: `features ${VERSION} of ${backbone.sha256}, ${VIEWS} views, ${runtime}`,
    blockBytes: VIEWS * size * Float32Array.BYTES_PER_ELEMENT,
  };
  const pack = await openOrCompute(file, format, keyOf, options);
  const block = new Float32Array(VIEWS * size);
  const bytes = new Uint8Array(block.buffer);
  return {
    file,
    size,
    views: VIEWS,
    read(path, view, out, offset) {
      pack.read(keyOf.get(path)!, bytes);
      out.set(block.subarray(view * size, (view + 1) * size), offset);
    },
    close: pack.close,
  };
}

/** Increased whenever the same posters would give other features. */
const VERSION = 1;

const onnxRuntime = () => `onnxruntime-node ${packageVersion("onnxruntime-node")}`;

/** SHA-256 (hex) of each poster's pixels, by path. */
function keysOf(posters: PosterStore, paths: readonly string[]): Map<string, string> {
  const { height, width } = posters.spec;
  const pixels = new Uint8Array(height * width * 3);
  return new Map(
    paths.map((path) => {
      posters.read(path, pixels);
      return [path, sha256(pixels)];
    }),
  );
}

/** The cache file; features that it lacks or has damaged are computed, and it is written anew. */
async function openOrCompute(
  file: string,
  format: PackFormat,
  keyOf: ReadonlyMap<string, string>,
  options: PosterFeatureOptions,
): Promise<Pack> {
  const old = openPack(file, format);
  const pathOf = new Map([...keyOf].map(([path, key]) => [key, path]));
  const missing = [...pathOf.keys()].filter((key) => !old?.has(key)).length;
  if (old && !old.damaged && missing === 0) return old;
  if (old?.damaged) {
    options.onDamaged?.(
      `${file} is damaged; the features of ${missing} of ${pathOf.size} posters are computed again`,
    );
  }
  try {
    return await writePack(file, format, computeAll(pathOf, format, old, options));
  } finally {
    old?.close();
  }
}

/** The features of every poster, in order, from `old` where it has those of a whole batch. */
async function* computeAll(
  pathOf: ReadonlyMap<string, string>,
  { blockBytes }: PackFormat,
  old: Pack | undefined,
  options: PosterFeatureOptions,
): AsyncGenerator<PackEntry> {
  const posters = [...pathOf];
  let session: Awaited<ReturnType<PosterFeatureOptions["open"]>> | undefined;
  try {
    for (let start = 0; start < posters.length; start += BATCH) {
      const part = posters.slice(start, start + BATCH);
      let blocks: Uint8Array;
      if (part.every(([key]) => old?.has(key))) {
        blocks = new Uint8Array(part.length * blockBytes);
        for (const [i, [key]] of part.entries()) old!.read(key, blocks, i * blockBytes);
      } else {
        session ??= await options.open();
        blocks = await computeBatch(
          part.map(([, path]) => path),
          session.run,
          options.posters,
        );
      }
      for (const [i, [key]] of part.entries()) {
        yield { key, bytes: blocks.subarray(i * blockBytes, (i + 1) * blockBytes) };
      }
      options.onProgress?.(start + part.length, posters.length);
    }
  } finally {
    await session?.close();
  }
}

/** The features of all views of each poster, as bytes of float32 [posters, views, features]. */
async function computeBatch(
  paths: readonly string[],
  run: RunGraph,
  posters: PosterStore,
): Promise<Uint8Array> {
  const { height, width } = posters.spec;
  const perPoster = height * width * 3;
  const data = new Uint8Array(paths.length * VIEWS * perPoster);
  for (const [i, path] of paths.entries()) {
    const at = i * VIEWS * perPoster;
    posters.read(path, data, at);
    mirror(data.subarray(at, at + perPoster), width, data, at + perPoster);
  }
  const dims = [paths.length * VIEWS, height, width, 3];
  const { features } = await run({ poster: { type: "uint8", dims, data } });
  const values = features!.data as Float32Array;
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
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
