/** Weights that were quantised to 8 bits before: their own scale and zero point, read off their values. */
import { sizeOf } from "../ir.ts";

/** value = offset[channel] + q * scale[channel] */
export interface Grid {
  q: Uint8Array;
  scale: Float32Array;
  offset: Float32Array;
  /** Where every offset is a whole number of scales: value = (q - zero[channel]) * scale[channel]. */
  zero?: Uint8Array;
}

const LEVELS = 256;
/** A few values are on some grid by chance, which takes more space than it saves. */
const FEW = 8;
/** How far from its level a value may lie, in levels: what rounding to float32 makes, and no more. */
const ROUNDING = 1e-3;

/**
 * The grid of each index of `axis` (of the whole tensor without one); undefined where a channel's values are not at most
 * 256 evenly spaced levels. Read off the values, it survives what passes do to weights: permutations, and a batch
 * normalisation's factor for each channel.
 */
export function gridOf(
  data: Float32Array,
  shape: readonly number[],
  axis?: number,
): Grid | undefined {
  const channels = axis === undefined ? 1 : (shape[axis] as number);
  const inner = axis === undefined ? data.length : sizeOf(shape.slice(axis + 1));
  const count = data.length / channels;
  if (count < FEW) return undefined;
  const scale = new Float32Array(channels);
  const offset = new Float32Array(channels);
  const largest = new Uint8Array(channels);
  const q = new Uint8Array(data.length);
  const at = (channel: number, i: number) =>
    (Math.floor(i / inner) * channels + channel) * inner + (i % inner);
  for (let c = 0; c < channels; c++) {
    const distinct = new Set<number>();
    for (let i = 0; i < count; i++) {
      distinct.add(data[at(c, i)] as number);
      if (distinct.size > LEVELS) return undefined;
    }
    const sorted = Float64Array.from(distinct).sort();
    const step = stepOf(sorted);
    if (step === undefined) return undefined;
    const first = sorted[0] as number;
    for (let i = 0; i < count; i++) {
      const k = at(c, i);
      q[k] = Math.round(((data[k] as number) - first) / step);
    }
    scale[c] = step;
    offset[c] = first;
    largest[c] = Math.round(((sorted.at(-1) as number) - first) / step);
  }
  const zero = zeros(scale, offset, largest);
  if (!zero) return { q, scale, offset };
  for (let c = 0; c < channels; c++) {
    // levels count from the smallest value so far; from now on from where the zero point puts it
    const shift = (zero[c] as number) + Math.round((offset[c] as number) / (scale[c] as number));
    for (let i = 0; shift > 0 && i < count; i++) {
      const k = at(c, i);
      q[k] = (q[k] as number) + shift;
    }
    offset[c] = -(zero[c] as number) * (scale[c] as number);
  }
  return { q, scale, offset, zero };
}

/**
 * The largest distance of which all distances between the ascending `values` are multiples, and their distances from 0
 * if one does that, too; undefined without one.
 */
function stepOf(values: Float64Array): number | undefined {
  const [first, last] = [values[0] as number, values.at(-1) as number];
  const range = last - first;
  if (range === 0) return Math.abs(first) || 1;
  let gap = range;
  for (let i = 1; i < values.length; i++)
    gap = Math.min(gap, (values[i] as number) - (values[i - 1] as number));
  let best: number | undefined;
  for (let levels = Math.round(range / gap); levels < LEVELS; levels++) {
    const step = range / levels;
    if (!values.every((v) => isWhole((v - first) / step))) continue;
    if (isWhole(first / step)) return step;
    best ??= step;
  }
  return best;
}

const isWhole = (x: number) => Math.abs(x - Math.round(x)) < ROUNDING;

/** The level that stands for 0 in each channel, where all levels of all channels fit into 8 bits with it. */
function zeros(
  scale: Float32Array,
  offset: Float32Array,
  largest: Uint8Array,
): Uint8Array | undefined {
  const zero = new Uint8Array(scale.length);
  for (let c = 0; c < scale.length; c++) {
    const first = (offset[c] as number) / (scale[c] as number);
    const level = Math.max(0, -Math.round(first));
    const last = Math.round(first) + level + (largest[c] as number);
    if (!isWhole(first) || level >= LEVELS || last >= LEVELS) return undefined;
    zero[c] = level;
  }
  return zero;
}
