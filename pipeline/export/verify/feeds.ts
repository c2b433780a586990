/** Reproducible random inputs for a converted graph. */
import type { Conversion, GraphTensor } from "../convert.ts";

/** Two batch sizes: with one sample a mistake in the batch axis would not show. */
const BATCHES = [1, 3];
/** Sizes of dynamic axes: enough pixels for a few strided layers, enough steps for a few windows. */
const PIXELS = 32;
const STEPS = 16;

/** One feed, as numbers; each runtime makes its own tensors of it. */
export interface Feed {
  info: GraphTensor;
  shape: number[];
  data: number[];
}

/**
 * The feeds of `sizes`, by default two batch sizes, or of the one that the model has. Indices are whole numbers below the size of their
 * table, pixels and other integers are 0 to 255, rows of classes have a single 1, all else is in [-1, 1); states begin
 * with zeros.
 */
export function batchesOf(
  conversion: Conversion,
  sizes: readonly number[] = BATCHES,
): { batch: number; feeds: Feed[] }[] {
  const { inputs } = conversion;
  const fixed = inputs.map((info) => info.shape[0]).find((size) => typeof size === "number");
  return (fixed === undefined ? sizes : [fixed]).map((batch) => ({
    batch,
    feeds: inputs.map((info, i) => makeFeed(conversion, info, batch, i)),
  }));
}

/** Values that are valid for the input, the same at every run. */
function makeFeed(conversion: Conversion, info: GraphTensor, batch: number, index: number): Feed {
  const shape = info.shape.map((d, axis) => {
    if (typeof d === "number") return d;
    if (axis === 0) return batch;
    return info.shape.length >= 4 ? PIXELS : STEPS;
  });
  const size = shape.reduce((a, b) => a * b, 1);
  const next = random(1000 * batch + index);
  const state = conversion.states.some((s) => s.input === info.name);
  const value = (): number => {
    if (state) return 0;
    if (info.below !== undefined) return Math.floor(next() * info.below);
    if (info.dtype === "bool") return next() < 0.5 ? 0 : 1;
    if (info.values === "bytes" || info.dtype !== "float32") return Math.floor(next() * 256);
    return next() * 2 - 1;
  };
  if (info.values === "one-hot")
    return { info, shape, data: oneHot(size, shape.at(-1) ?? 1, next) };
  return { info, shape, data: Array.from({ length: size }, value) };
}

/** Rows of `classes` numbers, each with a 1 somewhere. */
function oneHot(size: number, classes: number, next: () => number): number[] {
  const data = Array<number>(size).fill(0);
  for (let row = 0; row < size; row += classes) data[row + Math.floor(next() * classes)] = 1;
  return data;
}

/** mulberry32: a small generator with a 32-bit seed, uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
