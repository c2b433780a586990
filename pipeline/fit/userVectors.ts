/** User vectors and the pooling of a movie's ratings to one vector, fitted to the training movies only. */

import { InputError } from "../../predictor/errors.ts";
import {
  FIRST_USER_ROW,
  UNKNOWN_USER_ROW,
  type UserGroups,
} from "../../predictor/preprocess/ratings.ts";
import type { Random } from "../common/random.ts";
import type { Ratings, User } from "../dataset/dataset.ts";
import { snapRows } from "./grid.ts";
import { pooledMoments } from "./pooling.ts";
import { type SparseMatrix, truncatedSvd } from "./svd.ts";
import { groupRows } from "./userGroups.ts";

/**
 * Exponent of the number of movies that a user has rated, in the matrix and in the pooled sum: active users weigh less.
 * Chosen on folds of the MovieLens train split: 0.932 mAP@5, against 0.917 (exponent 0) and 0.925 (-0.5).
 */
const ACTIVITY_EXPONENT = -0.25;

/** Prior weight, in ratings, that shrinks a user's mean towards the global mean. */
const MEAN_PRIOR = 5;

/** Most bytes of the table: protobuf, and so an ONNX file, ends at 2 GiB, and the rest of the graph needs some of it. */
const MAX_TABLE_BYTES = 1.9e9;

/** Movies with fewer ratings are not used to fit user vectors: single ratings are mostly noise. */
const MIN_RATINGS = 5;

/** A training movie. */
export interface RatedMovie {
  readonly ratings: Ratings;
}

export interface UserVectors {
  /** Ids of the users who rated a training movie, in the order of the table's rows. */
  readonly users: readonly string[];
  /** Demographic attributes in the data set. */
  readonly groups: UserGroups;
  /** Row of the table by index in the list of users; the group's row for users without a vector. */
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

export interface UserVectorOptions {
  /** Size of a vector; if the data has fewer directions, the rest are zeros. */
  readonly dimensions: number;
  /** Bits of its numbers, see `snapRows`. */
  readonly bits: number;
}

/**
 * User vectors: right singular vectors of the movie x user matrix with entries d_movie^-0.5 d_user^-0.25, where d is the
 * number of ratings, each scaled by d_user^-0.25 once more. The matrix ignores stars: who rates a movie tells more about
 * its labels than how many stars they give.
 *
 * @param movies Training movies; any others would leak into the features.
 * @param input Its name, for errors.
 * @throws InputError if the table would be too large for an ONNX file.
 */
export function fitUserVectors(
  movies: readonly RatedMovie[],
  users: readonly User[],
  { dimensions, bits }: UserVectorOptions,
  random: Random,
  input: string,
): UserVectors {
  const counts = countRatings(movies, users.length);
  const { rowOf, known } = listKnownUsers(counts.degree);
  checkTableSize(known.length, dimensions, input);
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
  snapRows(grouped.table, dimensions, bits);
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

function countRatings(movies: readonly RatedMovie[], users: number): RatingCounts {
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

function checkTableSize(users: number, dimensions: number, input: string): void {
  const bytesPerDimension = users * Float32Array.BYTES_PER_ELEMENT;
  if (bytesPerDimension * dimensions <= MAX_TABLE_BYTES) return;
  const fits = Math.floor(MAX_TABLE_BYTES / bytesPerDimension);
  throw new InputError(
    `${input}.dimensions`,
    `${dimensions} numbers for each of ${users} users who rate make a table of ${((bytesPerDimension * dimensions) / 1e9).toFixed(1)} GB, and an ONNX file holds 2 GB; give at most ${fits}, or leave out users with few ratings`,
  );
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
  movies: readonly RatedMovie[],
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
