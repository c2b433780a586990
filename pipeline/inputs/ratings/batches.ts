/** Training batches of ratings: samples of them, and users of whom only demographics are known. */

import type { ItemFeatures } from "../../../predictor/item.ts";
import type { EncodedRatings } from "../../../predictor/preprocess/ratings.ts";
import type { Random } from "../../common/random.ts";
import {
  pooledVector,
  RATING_AMOUNTS,
  RATING_STATISTICS,
  ratingAmounts,
} from "../../model/ratings.ts";
import { hasLinear } from "../../model/ratingsTower.ts";
import type { MakeInputs } from "../../train/inputBatches.ts";
import type { RatingsInput } from "./fit.ts";

export const ratings: MakeInputs<RatingsInput> = ({ input, main }, movies, _source, random) => {
  const { userVectors, options } = main;
  const { dimensions } = userVectors;
  const width = dimensions + RATING_STATISTICS;
  const vectors = new Float32Array(movies.length * width);
  const linear = hasLinear(options);
  const directions = new Float32Array(linear ? movies.length * dimensions : 0);
  const amounts = new Float32Array(linear ? movies.length * RATING_AMOUNTS : 0);
  for (const [i, movie] of movies.entries()) {
    const given = (movie.features as ItemFeatures)[input] as EncodedRatings;
    const { users, stars } =
      random && random.next() < options.partial
        ? drawRatings(given.users, given.stars, random)
        : given;
    const anonymous = random !== undefined && random.next() < options.anonymous;
    const rows = anonymous ? users.map((row) => userVectors.groupRowOf[row]!) : users;
    const direction = linear
      ? directions.subarray(i * dimensions, (i + 1) * dimensions)
      : undefined;
    pooledVector({ rows, stars }, userVectors, vectors, i * width, direction);
    if (linear) amounts.set(ratingAmounts(rows.length), i * RATING_AMOUNTS);
  }
  const presence = new Float32Array(movies.length).fill(1);
  return linear ? [vectors, presence, directions, amounts] : [vectors, presence];
};

/** A random subset of a movie's ratings; its size is log-uniform between 1 and all. */
function drawRatings(users: Int32Array, stars: Float32Array, random: Random) {
  const size = Math.max(1, Math.round(users.length ** random.next()));
  const order = Uint32Array.from({ length: users.length }, (_, i) => i);
  // The first `size` positions of a Fisher-Yates shuffle.
  for (let i = 0; i < size; i++) {
    const j = i + random.int(users.length - i);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  const drawn = order.subarray(0, size);
  return {
    users: Int32Array.from(drawn, (i) => users[i]!),
    stars: Float32Array.from(drawn, (i) => stars[i]!),
  };
}
