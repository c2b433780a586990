/** Simulates ratings, long-tailed in movies and users as those of MovieLens, without holding them in memory. */

import type { Random } from "../../pipeline/common/random.ts";
import type { SimulatedUser } from "../../pipeline/dataset/sample/users.ts";

/** Standard deviation of the logarithm of a movie's popularity; about that of MovieLens 1M's counts. */
const POPULARITY_SPREAD = 1.5;
/** Share of movies without ratings. */
const UNRATED = 0.02;
/** Fewest ratings per user, as in MovieLens. */
const FEWEST_PER_USER = 20;
/** Standard deviation of the logarithm of a user's ratings beyond the fewest. */
const ACTIVITY_SPREAD = 1.1;
/** Share of ratings drawn from genres that the user likes, instead of by popularity alone. */
const BY_TASTE = 0.5;

/**
 * Number of ratings per user: long-tailed, with sum `total`.
 *
 * @param most Upper limit per user.
 * @throws RangeError if `users` cannot give `total` ratings within the limits.
 */
export function ratingCounts(random: Random, users: number, total: number, most: number) {
  const least = Math.min(FEWEST_PER_USER, most);
  if (total < users * least || total > users * most) {
    throw new RangeError(`${users} users of ${least} to ${most} ratings each cannot give ${total}`);
  }
  const activity = Float64Array.from({ length: users }, () =>
    Math.exp(ACTIVITY_SPREAD * random.normal()),
  );
  const scale = (total - users * least) / activity.reduce((sum, value) => sum + value, 0);
  const counts = Uint32Array.from(activity, (value) =>
    Math.min(most, least + Math.floor(value * scale)),
  );
  // Distributes what rounding down and the limit leave over.
  let left = total - counts.reduce((sum, count) => sum + count, 0);
  for (let user = 0; left > 0; user = (user + 1) % users) {
    if (counts[user]! >= most) continue;
    counts[user]!++;
    left--;
  }
  return counts;
}

/** Movies to draw in proportion to their weights. */
interface WeightedMovies {
  readonly movies: Uint32Array;
  /** Cumulative sums of the weights, including each movie's own. */
  readonly sums: Float64Array;
}

/**
 * Draws ratings user by user; each user rates a movie at most once.
 *
 * @param genresOf Indices into a user's `taste`, per movie.
 * @param counts Ratings per user.
 * @param rate Called with each rating: index of the user, index of the movie, stars 1..5.
 * @throws RangeError if a count exceeds the number of rated movies.
 */
export function drawRatings(
  random: Random,
  users: readonly Pick<SimulatedUser, "taste">[],
  genresOf: readonly (readonly number[])[],
  counts: Uint32Array,
  rate: (user: number, movie: number, stars: number) => void,
): void {
  const weights = Float64Array.from(genresOf, () =>
    random.next() < UNRATED ? 0 : Math.exp(POPULARITY_SPREAD * random.normal()),
  );
  const quality = Float64Array.from(genresOf, () => random.normal());
  const all = tableOf(weights, () => true);
  const genres = users[0]?.taste.length ?? 0;
  const byGenre = Array.from({ length: genres }, (_, genre) =>
    tableOf(weights, (movie) => genresOf[movie]!.includes(genre)),
  );
  const lastUser = new Uint32Array(genresOf.length); // 1 + index of the last user who rated the movie; 0 = none
  for (const [user, { taste }] of users.entries()) {
    const likes = taste.map(Math.exp);
    const sumOfLikes = likes.reduce((sum, like) => sum + like, 0);
    const count = counts[user]!;
    let left = count;
    for (let tries = 0; left > 0; tries++) {
      // After many repeats, drops the taste, and finally takes the first unrated movie.
      const byTaste = tries < 4 * count && random.next() < BY_TASTE;
      const table = byTaste ? byGenre[drawIndex(random.next() * sumOfLikes, likes)]! : all;
      const movie = tries < 40 * count ? drawFrom(table, random) : nextUnseen(user);
      if (movie === undefined || lastUser[movie] === user + 1) continue;
      lastUser[movie] = user + 1;
      left--;
      const own = genresOf[movie]!;
      const liking = own.reduce((sum, genre) => sum + taste[genre]!, 0) / own.length;
      const opinion = 3.4 + 0.35 * liking + 0.5 * quality[movie]! + 0.8 * random.normal();
      rate(user, movie, Math.min(5, Math.max(1, Math.round(opinion))));
    }
  }

  function nextUnseen(user: number): number {
    const movie = all.movies.find((movie) => lastUser[movie] !== user + 1);
    if (movie === undefined) {
      throw new RangeError(`a user has rated all ${all.movies.length} movies`);
    }
    return movie;
  }
}

function tableOf(weights: Float64Array, wanted: (movie: number) => boolean): WeightedMovies {
  const movies = Uint32Array.from(weights.keys()).filter(
    (movie) => weights[movie]! > 0 && wanted(movie),
  );
  const sums = new Float64Array(movies.length);
  let sum = 0;
  for (const [i, movie] of movies.entries()) {
    sum += weights[movie]!;
    sums[i] = sum;
  }
  return { movies, sums };
}

/** A movie drawn by weight, by binary search; undefined if there are none. */
function drawFrom({ movies, sums }: WeightedMovies, random: Random): number | undefined {
  if (movies.length === 0) return undefined;
  const at = random.next() * sums.at(-1)!;
  let low = 0;
  let high = movies.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sums[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return movies[low];
}

/** The index whose weights sum up to `at`, 0 to the sum of all weights. */
function drawIndex(at: number, weights: readonly number[]): number {
  let left = at;
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index === -1 ? weights.length - 1 : index; // -1 only by rounding
}
