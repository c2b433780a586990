/** Pools the vectors of a movie's users to one, as the graph does. */

import type { Ratings } from "../dataset/dataset.ts";
import { MIN_VARIANCE } from "./minVariance.ts";

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

/**
 * Sum of the users' vectors divided by sqrt(n) + DAMPING, as the graph computes it.
 *
 * @param rows Rows of the table, any number.
 * @param out Receives the result from `offset` on; must be zero there.
 */
export function poolUserVectors(
  rows: ArrayLike<number>,
  fit: UserTable,
  out: Float32Array,
  offset = 0,
): void {
  const { table, dimensions } = fit;
  let first = 0;
  for (; first + 8 <= dimensions; first += 8) sumEight(rows, table, dimensions, first, out, offset);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * dimensions;
    for (let k = first; k < dimensions; k++) out[offset + k]! += table[from + k]!;
  }
  const scale = 1 / (Math.sqrt(rows.length) + DAMPING);
  for (let k = 0; k < dimensions; k++) out[offset + k]! *= scale;
}

/**
 * Sums eight columns, in registers, rounded to float32 after every addition, as sums in a Float32Array would be.
 * Positional parameters: this is the inner loop of pooling, called once per movie and eight columns in every epoch.
 */
function sumEight(
  rows: ArrayLike<number>,
  table: Float32Array,
  dimensions: number,
  first: number,
  out: Float32Array,
  offset: number,
): void {
  const { fround } = Math;
  let s0 = fround(0);
  let s1 = fround(0);
  let s2 = fround(0);
  let s3 = fround(0);
  let s4 = fround(0);
  let s5 = fround(0);
  let s6 = fround(0);
  let s7 = fround(0);
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * dimensions + first;
    s0 = fround(s0 + table[from]!);
    s1 = fround(s1 + table[from + 1]!);
    s2 = fround(s2 + table[from + 2]!);
    s3 = fround(s3 + table[from + 3]!);
    s4 = fround(s4 + table[from + 4]!);
    s5 = fround(s5 + table[from + 5]!);
    s6 = fround(s6 + table[from + 6]!);
    s7 = fround(s7 + table[from + 7]!);
  }
  out[offset + first] = s0;
  out[offset + first + 1] = s1;
  out[offset + first + 2] = s2;
  out[offset + first + 3] = s3;
  out[offset + first + 4] = s4;
  out[offset + first + 5] = s5;
  out[offset + first + 6] = s6;
  out[offset + first + 7] = s7;
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
    pooled.fill(0);
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
