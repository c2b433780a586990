/** Training batches of ratings: samples of them, and users of whom only demographics are known. */

import type { ItemFeatures } from "../../../predictor/item.ts";
import type { EncodedRatings } from "../../../predictor/preprocess/ratings.ts";
import type { Random } from "../../common/random.ts";
import type { EncodedMovie } from "../../fit/prepare.ts";
import {
  pooledVector,
  RATING_AMOUNTS,
  RATING_STATISTICS,
  type RatedRows,
  ratingAmounts,
  ratingStatistics,
  rowWeights,
} from "../../model/ratings.ts";
import { hasLinear } from "../../model/ratingsTower.ts";
import type { MakeInputs } from "../../train/inputBatches.ts";
import type { RatingsInput } from "./fit.ts";
import { type RatingsOptions, trainsVectors } from "./options.ts";

export const ratings: MakeInputs<RatingsInput> = ({ input, main }, movies, _source, random) => {
  const rated = movies.map((movie) => ratedRows(movie, input, main, random));
  const presence = new Float32Array(movies.length).fill(1);
  return trainsVectors(main.options)
    ? [...rowsOfTable(rated, main), presence]
    : pooled(rated, presence, main);
};

/** The ratings that a step sees of a movie. @param random Changes them for training. */
function ratedRows(
  movie: EncodedMovie,
  input: string,
  { userVectors, options }: RatingsInput,
  random: Random | undefined,
): RatedRows {
  const given = (movie.features as ItemFeatures)[input] as EncodedRatings;
  if (!random) return { rows: given.users, stars: given.stars };
  const { users, stars } = drawn(given, options, random);
  const anonymous = random.next() < options.anonymous;
  return { rows: anonymous ? users.map((row) => userVectors.groupRowOf[row]!) : users, stars };
}

function drawn(
  given: EncodedRatings,
  { partial, ratingDropout }: RatingsOptions,
  random: Random,
): Pick<EncodedRatings, "users" | "stars"> {
  const part = random.next() < partial ? drawRatings(given, random) : given;
  return ratingDropout > 0 ? dropRatings(part, ratingDropout, random) : part;
}

/** What trains user vectors: how much each row weighs in the sum [n, rows], and statistics [n, 3]. */
function rowsOfTable(rated: readonly RatedRows[], { userVectors }: RatingsInput): Float32Array[] {
  const rows = userVectors.table.length / userVectors.dimensions;
  const weights = new Float32Array(rated.length * rows);
  const statistics = new Float32Array(rated.length * RATING_STATISTICS);
  for (const [i, ratings] of rated.entries()) {
    rowWeights(ratings.rows, weights.subarray(i * rows, (i + 1) * rows));
    ratingStatistics(ratings, userVectors, statistics, i * RATING_STATISTICS);
  }
  return [weights, statistics];
}

function pooled(
  rated: readonly RatedRows[],
  presence: Float32Array,
  { userVectors, options }: RatingsInput,
): Float32Array[] {
  const { dimensions } = userVectors;
  const width = dimensions + RATING_STATISTICS;
  const linear = hasLinear(options);
  const vectors = new Float32Array(rated.length * width);
  const directions = new Float32Array(linear ? rated.length * dimensions : 0);
  const amounts = new Float32Array(linear ? rated.length * RATING_AMOUNTS : 0);
  for (const [i, ratings] of rated.entries()) {
    const direction = linear
      ? directions.subarray(i * dimensions, (i + 1) * dimensions)
      : undefined;
    pooledVector(ratings, userVectors, vectors, i * width, direction);
    if (linear) amounts.set(ratingAmounts(ratings.rows.length), i * RATING_AMOUNTS);
  }
  return linear ? [vectors, presence, directions, amounts] : [vectors, presence];
}

/** A random subset of a movie's ratings; its size is log-uniform between 1 and all. */
function drawRatings({ users, stars }: EncodedRatings, random: Random) {
  const size = Math.max(1, Math.round(users.length ** random.next()));
  const order = Uint32Array.from({ length: users.length }, (_, i) => i);
  // The first `size` positions of a Fisher-Yates shuffle.
  for (let i = 0; i < size; i++) {
    const j = i + random.int(users.length - i);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  return chosen({ users, stars }, order.subarray(0, size));
}

/** Leaves each rating out with a probability of `share`; one of them always stays. */
function dropRatings(
  ratings: Pick<EncodedRatings, "users" | "stars">,
  share: number,
  random: Random,
) {
  const { length } = ratings.users;
  const kept = new Uint32Array(length);
  let size = 0;
  for (let i = 0; i < length; i++) if (random.next() >= share) kept[size++] = i;
  if (size === 0) kept[size++] = random.int(length);
  return chosen(ratings, kept.subarray(0, size));
}

function chosen(
  { users, stars }: Pick<EncodedRatings, "users" | "stars">,
  indices: Uint32Array,
): Pick<EncodedRatings, "users" | "stars"> {
  const some = { users: new Int32Array(indices.length), stars: new Float32Array(indices.length) };
  for (const [at, i] of indices.entries()) {
    some.users[at] = users[i]!;
    some.stars[at] = stars[i]!;
  }
  return some;
}
