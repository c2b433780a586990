/** User vectors and the pooling of a movie's ratings to one vector, fitted to the training movies only. */

import {
  FIRST_USER_ROW,
  UNKNOWN_USER_ROW,
  type UserGroups,
} from "../../predictor/preprocess/ratings.ts";
import type { Random } from "../common/random.ts";
import type { LabelledMovie, User } from "../dataset/dataset.ts";
import { snapRows } from "./grid.ts";
import { MIN_VARIANCE } from "./minVariance.ts";
import { type SparseMatrix, truncatedSvd } from "./svd.ts";
import { groupRows } from "./userGroups.ts";

/**
 * The pooled sum is scaled by 1 / (sqrt(n) + DAMPING) for n ratings. Layers have no square root, but a softmax can compute
 * DAMPING / (sqrt(n) + DAMPING).
 */
export const DAMPING = 1 / 16;

/**
 * Exponent of the number of movies that a user has rated, in the matrix and in the pooled sum: active users weigh less.
 * Chosen on folds of the MovieLens train split: 0.932 mAP@5, against 0.917 (exponent 0) and 0.925 (-0.5).
 */
const ACTIVITY_EXPONENT = -0.25;

/** Prior weight, in ratings, that shrinks a user's mean towards the global mean. */
const MEAN_PRIOR = 5;

/** Movies with fewer ratings are not used to fit user vectors: single ratings are mostly noise. */
const MIN_RATINGS = 5;

export interface UserVectors {
  /** Ids of the users who rated a training movie, in the order of the table's rows. */
  readonly users: readonly string[];
  /** Demographic attributes in the data set. */
  readonly groups: UserGroups;
  /** Row of the table by index in `Dataset.users`; the group's row for users without a vector. */
  readonly rowOf: Uint32Array;
  /** Row of the group of each row of the table. */
  readonly groupRowOf: Uint32Array;
  /**
   * float32 [rows, dimensions], row-major: two rows of zeros (the known users' mean is 0), the known users, and the
   * demographic groups.
   */
  readonly table: Float32Array;
  /** float32 [rows]: a user's mean stars minus the mean of all ratings, shrunk towards 0 for users with few ratings. */
  readonly means: Float32Array;
  readonly dimensions: number;
  /** Mean of the pooled vector over the training movies [dimensions]. */
  readonly mean: Float32Array;
  /** Its standard deviation [dimensions]. */
  readonly std: Float32Array;
  readonly stars: { readonly min: number; readonly max: number; readonly mean: number };
}

/**
 * User vectors: right singular vectors of the movie x user matrix with entries d_movie^-0.5 d_user^-0.25, where d is the
 * number of ratings, each scaled by d_user^-0.25 once more. The matrix ignores stars: who rates a movie tells more about
 * its labels than how many stars they give.
 *
 * @param movies Training movies; any others would leak into the features.
 * @param dimensions Size of a vector; if the data has fewer directions, the rest are zeros.
 */
export function fitUserVectors(
  movies: readonly LabelledMovie[],
  users: readonly User[],
  dimensions: number,
  random: Random,
): UserVectors {
  const counts = countRatings(movies, users.length);
  const { rowOf, known } = listKnownUsers(counts.degree);
  const { min, max, sum, count } = counts.stars;
  const meanStars = sum / count;
  const grouped = groupRows(users, known, {
    table: knownVectors(ratingMatrix(movies, rowOf, counts.degree, known.length), {
      known,
      degree: counts.degree,
      dimensions,
      random,
    }),
    means: knownMeans(known, counts, meanStars),
    dimensions,
  });
  snapRows(grouped.table, dimensions);
  for (let user = 0; user < users.length; user++) {
    if (rowOf[user] === UNKNOWN_USER_ROW) rowOf[user] = grouped.rowOfUser[user]!;
  }
  const vectors = {
    ...grouped,
    users: known.map((user) => users[user]!.id),
    rowOf,
    dimensions,
    stars: count > 0 ? { min, max, mean: meanStars } : { min: 1, max: 5, mean: 3 },
  };
  return { ...vectors, ...pooledMoments(movies, vectors) };
}

interface RatingCounts {
  /** Number of ratings per user. */
  readonly degree: Uint32Array;
  /** Sum of the stars per user. */
  readonly sumOfStars: Float64Array;
  /** Over all ratings. */
  readonly stars: { min: number; max: number; sum: number; count: number };
}

function countRatings(movies: readonly LabelledMovie[], users: number): RatingCounts {
  const degree = new Uint32Array(users);
  const sumOfStars = new Float64Array(users);
  const stars = { min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY, sum: 0, count: 0 };
  for (const { ratings } of movies) {
    for (let i = 0; i < ratings.users.length; i++) {
      degree[ratings.users[i]!]!++;
      const value = ratings.stars[i]!;
      stars.min = Math.min(stars.min, value);
      stars.max = Math.max(stars.max, value);
      stars.sum += value;
      sumOfStars[ratings.users[i]!]! += value;
      stars.count++;
    }
  }
  return { degree, sumOfStars, stars };
}

/** Users with a rating, and the table row of every user, `UNKNOWN_USER_ROW` for the others. */
function listKnownUsers(degree: Uint32Array): { rowOf: Uint32Array; known: number[] } {
  const rowOf = new Uint32Array(degree.length).fill(UNKNOWN_USER_ROW);
  const known: number[] = [];
  for (let user = 0; user < degree.length; user++) {
    if (degree[user] === 0) continue;
    rowOf[user] = FIRST_USER_ROW + known.length;
    known.push(user);
  }
  return { rowOf, known };
}

interface KnownVectorOptions {
  /** Indices of the known users; columns of the matrix. */
  readonly known: readonly number[];
  /** Number of ratings per user. */
  readonly degree: Uint32Array;
  readonly dimensions: number;
  readonly random: Random;
}

/** The known users' centred vectors, after FIRST_USER_ROW rows of zeros. */
function knownVectors(
  matrix: SparseMatrix,
  { known, degree, dimensions, random }: KnownVectorOptions,
): Float32Array {
  const table = new Float32Array((known.length + FIRST_USER_ROW) * dimensions);
  if (known.length === 0) return table;
  const { right, rank } = truncatedSvd(matrix, dimensions, random);
  const total = new Float64Array(dimensions);
  for (const [i, user] of known.entries()) {
    // Scaled to a length near 1, so that float16 and 8-bit weights stay accurate.
    const weight = degree[user]! ** ACTIVITY_EXPONENT * Math.sqrt(known.length);
    for (let k = 0; k < rank; k++) {
      const value = right[i * rank + k]! * weight;
      table[(i + FIRST_USER_ROW) * dimensions + k] = value;
      total[k]! += value;
    }
  }
  for (let k = 0; k < dimensions; k++) {
    const mean = total[k]! / known.length;
    for (let row = FIRST_USER_ROW; row < known.length + FIRST_USER_ROW; row++) {
      table[row * dimensions + k]! -= mean;
    }
  }
  return table;
}

/** Mean stars of each known user minus `meanStars`, shrunk towards 0, after FIRST_USER_ROW zeros. */
function knownMeans(
  known: readonly number[],
  { degree, sumOfStars }: RatingCounts,
  meanStars: number,
): Float32Array {
  const means = new Float32Array(known.length + FIRST_USER_ROW);
  for (const [i, user] of known.entries()) {
    means[i + FIRST_USER_ROW] =
      (sumOfStars[user]! - degree[user]! * meanStars) / (degree[user]! + MEAN_PRIOR);
  }
  return means;
}

/** Training movies with enough ratings (or any, if none has) x known users, normalised by both degrees. */
function ratingMatrix(
  movies: readonly LabelledMovie[],
  rowOf: Uint32Array,
  degree: Uint32Array,
  knownUsers: number,
): SparseMatrix {
  const enough = movies.filter((movie) => movie.ratings.users.length >= MIN_RATINGS);
  const rated =
    enough.length > 0 ? enough : movies.filter((movie) => movie.ratings.users.length > 0);
  const total = rated.reduce((sum, movie) => sum + movie.ratings.users.length, 0);
  const rowStarts = new Uint32Array(rated.length + 1);
  const columns = new Uint32Array(total);
  const values = new Float32Array(total);
  let at = 0;
  for (const [row, { ratings }] of rated.entries()) {
    for (const user of ratings.users) {
      columns[at] = rowOf[user]! - FIRST_USER_ROW;
      values[at] = degree[user]! ** ACTIVITY_EXPONENT / Math.sqrt(ratings.users.length);
      at++;
    }
    rowStarts[row + 1] = at;
  }
  return { rows: rated.length, columnCount: knownUsers, rowStarts, columns, values };
}

/**
 * Sum of the users' vectors divided by sqrt(n) + DAMPING, as the graph computes it.
 *
 * @param rows Rows of the table, any number.
 * @param out Receives the result from `offset` on; must be zero there.
 */
export function poolUserVectors(
  rows: ArrayLike<number>,
  fit: Pick<UserVectors, "table" | "dimensions">,
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

/** Mean and standard deviation of the pooled vectors over the movies with ratings. */
function pooledMoments(
  movies: readonly LabelledMovie[],
  fit: Pick<UserVectors, "table" | "dimensions" | "rowOf">,
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
