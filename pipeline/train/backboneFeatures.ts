/** Features of a frozen backbone, computed once per value instead of in every epoch, and cached on disk by content. */

import { join } from "node:path";
import { sha256 } from "../../node/files.ts";
import {
  openPack,
  type Pack,
  type PackEntry,
  type PackFormat,
  writePack,
} from "../dataset/pack.ts";
import type { Backbone, FeatureMoments } from "../model/backbone.ts";
import { featureRuntime } from "./encoderSession.ts";

export interface BackboneFeatures {
  /** Path of the cache file. */
  readonly file: string;
  /** Number of features per value and view. */
  readonly size: number;
  /** Number of views: of an image itself (0) and its mirror image (1), of others itself alone. */
  readonly views: number;
  /** Copies [size] into `out` from `offset` on. @throws Error if the cache file was damaged since it was opened. */
  read(key: string, view: number, out: Float32Array, offset: number): void;
  /** Closes the cache file. */
  close(): void;
}

/** What computes features of values that the cache lacks. */
export interface FeatureSession {
  /** float32 [values, views, size], of values by their keys. */
  compute(keys: readonly string[]): Promise<Float32Array>;
  close(): Promise<void>;
}

export interface FeatureOptions {
  /** Called with a sentence if the cached file is damaged: what is sound in it is used, the rest is computed again. */
  readonly onDamaged?: ((text: string) => void) | undefined;
  /** Called with the number of values done, of those with different content. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** What runs the graph, part of the cache's key; default: the installed onnxruntime-node. */
  readonly runtime?: string | undefined;
}

export interface FeatureSource extends FeatureOptions {
  readonly backbone: Pick<Backbone, "features" | "sha256">;
  readonly views: number;
  /** SHA-256 (hex) of each value, by the key that it is read by. */
  readonly hashes: ReadonlyMap<string, string>;
  /** Size of a value by its key, such as a text's number of tokens; default: `BATCH` values to a pass. */
  readonly sizeOf?: (key: string) => number;
  /** What values are called in messages. */
  readonly nouns: string;
  /** Cache folder. */
  readonly cache: string;
  readonly open: () => Promise<FeatureSession>;
}

/** Least number of values per forward pass. */
const BATCH = 8;
/** More values share a pass as long as their number times the size of the largest is at most this: less time per short text. */
const BATCH_SIZE = 256;

/** Features are read from the cache file if it has them, value by value: those of a million posters take gigabytes. */
export async function computeFeatures(source: FeatureSource): Promise<BackboneFeatures> {
  const { backbone, views, hashes, cache, sizeOf, runtime = featureRuntime("cpu") } = source;
  const size = backbone.features;
  // Rounding depends on what shares a pass.
  const version = sizeOf ? `${VERSION}, passes of ${BATCH_SIZE}` : VERSION;
  const name = sha256([version, runtime, backbone.sha256, views, ...hashes.values()].join(" "));
  const file = join(cache, `features-${name.slice(0, 24)}.pack`);
  const format: PackFormat = {
    description: `features ${version} of ${backbone.sha256}, ${views} views, ${runtime}`,
    blockBytes: views * size * Float32Array.BYTES_PER_ELEMENT,
  };
  const pack = await openOrCompute(file, format, source);
  const block = new Float32Array(views * size);
  const bytes = new Uint8Array(block.buffer);
  return {
    file,
    size,
    views,
    read(key, view, out, offset) {
      pack.read(hashes.get(key)!, bytes);
      out.set(block.subarray(view * size, (view + 1) * size), offset);
    },
    close: pack.close,
  };
}

/** Increased whenever the same values would give other features. */
const VERSION = 1;

/** The cache file; features that are missing or damaged in it are computed, and it is rewritten. */
async function openOrCompute(
  file: string,
  format: PackFormat,
  source: FeatureSource,
): Promise<Pack> {
  const old = openPack(file, format);
  const keyOf = new Map([...source.hashes].map(([key, hash]) => [hash, key]));
  const missing = [...keyOf.keys()].filter((hash) => !old?.has(hash)).length;
  if (old && !old.damaged && missing === 0) return old;
  if (old?.damaged) {
    source.onDamaged?.(
      `${file} is damaged; the features of ${missing} of ${keyOf.size} ${source.nouns} are computed again`,
    );
  }
  try {
    return await writePack(file, format, computeAll(keyOf, format, old, source));
  } finally {
    old?.close();
  }
}

/** The features of every value, in order, from `old` where it has those of a whole batch. */
async function* computeAll(
  keyOf: ReadonlyMap<string, string>,
  { blockBytes }: PackFormat,
  old: Pack | undefined,
  source: FeatureSource,
): AsyncGenerator<PackEntry> {
  const values = [...keyOf];
  let session: FeatureSession | undefined;
  try {
    for (let start = 0, end = 0; start < values.length; start = end) {
      end = endOfBatch(values, start, source);
      const part = values.slice(start, end);
      let blocks: Uint8Array;
      if (part.every(([hash]) => old?.has(hash))) {
        blocks = new Uint8Array(part.length * blockBytes);
        for (const [i, [hash]] of part.entries()) old!.read(hash, blocks, i * blockBytes);
      } else {
        session ??= await source.open();
        const computed = await session.compute(part.map(([, key]) => key));
        blocks = new Uint8Array(computed.buffer, computed.byteOffset, computed.byteLength);
      }
      for (const [i, [key]] of part.entries()) {
        yield { key, bytes: blocks.subarray(i * blockBytes, (i + 1) * blockBytes) };
      }
      source.onProgress?.(start + part.length, values.length);
    }
  } finally {
    await session?.close();
  }
}

/** Where the batch ends that begins at `start`. */
function endOfBatch(
  values: readonly (readonly [hash: string, key: string])[],
  start: number,
  { sizeOf = () => BATCH_SIZE }: FeatureSource,
): number {
  let largest = 0;
  let end = start;
  while (end < values.length) {
    largest = Math.max(largest, sizeOf(values[end]![1]));
    const count = end + 1 - start;
    if (count > BATCH && count * largest > BATCH_SIZE) break;
    end++;
  }
  return end;
}

/** The standardised features, which are the input of the tower's head. */
export function standardised(
  features: BackboneFeatures,
  moments: FeatureMoments,
): BackboneFeatures {
  const { size } = features;
  return {
    ...features,
    read(key, view, out, offset) {
      features.read(key, view, out, offset);
      for (let k = 0; k < size; k++) {
        out[offset + k] = (out[offset + k]! - moments.mean[k]!) / moments.std[k]!;
      }
    },
  };
}

/** Mean and standard deviation of every feature over the values with the given keys, and all views. */
export function featureMoments(
  keys: readonly string[],
  features: BackboneFeatures,
): FeatureMoments {
  const { size, views } = features;
  const sum = new Float64Array(size);
  const squares = new Float64Array(size);
  const values = new Float32Array(size);
  for (const key of keys) {
    for (let view = 0; view < views; view++) {
      features.read(key, view, values, 0);
      for (const [k, value] of values.entries()) {
        sum[k]! += value;
        squares[k]! += value * value;
      }
    }
  }
  const n = Math.max(1, keys.length * views);
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
