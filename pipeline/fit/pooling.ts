/** Pools the vectors of a movie's users to one, as the graph does. */

import type { Ratings } from "../dataset/dataset.ts";
import { MIN_VARIANCE } from "./minVariance.ts";
import { SUM_ROWS_KERNEL } from "./sumRowsKernel.ts";

/** The vectors of users, and of groups of users. */
interface UserTable {
  /** float32 [rows, dimensions], row-major. */
  readonly table: Float32Array;
  readonly dimensions: number;
}

/**
 * The pooled sum is scaled by 1 / (sqrt(n) + DAMPING) for n ratings. Layers have no square root, but a softmax can compute
 * DAMPING / (sqrt(n) + DAMPING).
 */
export const DAMPING = 1 / 16;

/** What the sum of n users' vectors is multiplied by. */
export function poolingScale(n: number): number {
  return 1 / (Math.sqrt(n) + DAMPING);
}

/**
 * Sum of the users' vectors divided by sqrt(n) + DAMPING, as the graph computes it; sums are rounded to float32 after every
 * addition.
 *
 * @param rows Rows of the table, any number.
 * @param fit Its table is copied at the first call, and must not change from then on.
 * @param out Receives the result from `offset` on.
 */
export function poolUserVectors(
  rows: ArrayLike<number>,
  fit: UserTable,
  out: Float32Array,
  offset = 0,
): void {
  const { dimensions } = fit;
  const sums = sumRowsOf(fit)(rows);
  const scale = poolingScale(rows.length);
  for (let k = 0; k < dimensions; k++) out[offset + k] = sums[k]! * scale;
}

/** The part of the API used here: TypeScript's ECMAScript libraries do not have it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { exports: unknown };
};

interface Kernel {
  readonly memory: { readonly buffer: ArrayBuffer; grow(pages: number): number };
  /** See sumRowsKernel.wat. */
  sumRows(rows: number, count: number, table: number, stride: number, sums: number): void;
}

const PAGE = 1 << 16;
/** Numbers that the kernel adds at a time. */
const LANES = 4;
/** Rows passed to the kernel at a time. */
const SLICE = 4096;

type SumRows = (rows: ArrayLike<number>) => Float32Array;

const kernels = new WeakMap<Float32Array, SumRows>();

/** @returns The sum of some rows, valid until the next call [dimensions]. */
function sumRowsOf({ table, dimensions }: UserTable): SumRows {
  const known = kernels.get(table);
  if (known) return known;
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(SUM_ROWS_KERNEL));
  const { memory, sumRows } = exports as Kernel;
  const width = Math.ceil(dimensions / LANES) * LANES;
  const count = table.length / dimensions;
  const bytes = 4 * (SLICE + width + count * width);
  memory.grow(Math.ceil(bytes / PAGE));
  const given = new Uint32Array(memory.buffer, 0, SLICE);
  const sums = new Float32Array(memory.buffer, 4 * SLICE, width);
  const place = 4 * (SLICE + width);
  const copy = new Float32Array(memory.buffer, place, count * width);
  for (let row = 0; row < count; row++) {
    copy.set(table.subarray(row * dimensions, (row + 1) * dimensions), row * width);
  }
  const sum: SumRows = (rows) => {
    sums.fill(0);
    for (let first = 0; first < rows.length; first += SLICE) {
      const slice = Math.min(SLICE, rows.length - first);
      for (let i = 0; i < slice; i++) given[i] = rows[first + i]!;
      sumRows(0, slice, place, 4 * width, sums.byteOffset);
    }
    return sums;
  };
  kernels.set(table, sum);
  return sum;
}

/**
 * Mean and standard deviation of the pooled vectors over the movies with ratings.
 *
 * @param fit With the row of the table by index of a user in the data set.
 */
export function pooledMoments(
  movies: readonly { readonly ratings: Ratings }[],
  fit: UserTable & { readonly rowOf: Uint32Array },
): { mean: Float32Array; std: Float32Array } {
  const sum = new Float64Array(fit.dimensions);
  const squares = new Float64Array(fit.dimensions);
  const pooled = new Float32Array(fit.dimensions);
  let count = 0;
  for (const { ratings } of movies) {
    if (ratings.users.length === 0) continue;
    count++;
    poolUserVectors(
      Uint32Array.from(ratings.users, (user) => fit.rowOf[user]!),
      fit,
      pooled,
    );
    for (let k = 0; k < fit.dimensions; k++) {
      sum[k]! += pooled[k]!;
      squares[k]! += pooled[k]! ** 2;
    }
  }
  const mean = new Float32Array(fit.dimensions);
  const std = new Float32Array(fit.dimensions).fill(1);
  for (let k = 0; k < fit.dimensions && count > 0; k++) {
    mean[k] = sum[k]! / count;
    const variance = squares[k]! / count - (sum[k]! / count) ** 2;
    // A constant direction, such as one beyond the data's rank, is not scaled.
    if (variance > MIN_VARIANCE) std[k] = Math.sqrt(variance);
  }
  return { mean, std };
}
