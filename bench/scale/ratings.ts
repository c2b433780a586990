/** Simulated ratings by the million: long-tailed in movies and users, as MovieLens is, written user by user. */

import type { Random } from "../../pipeline/common/random.ts";
import type { SimulatedUser } from "../../pipeline/dataset/sample/users.ts";

/** Standard deviation of the logarithm of a movie's popularity; of MovieLens 1M's counts it is about this. */
const POPULARITY_SPREAD = 1.5;
/** Share of the movies that nobody has rated. */
const UNRATED = 0.02;
/** Nobody in MovieLens has fewer. */
const FEWEST_PER_USER = 20;
/** Standard deviation of the logarithm of how many more a user gives. */
const ACTIVITY_SPREAD = 1.1;
/** Share of the ratings that go to the genres a user likes, instead of to what is popular. */
const BY_TASTE = 0.5;

/** How many ratings each user gives: long-tailed, together exactly `total`. */
export function ratingCounts(random: Random, users: number, total: number, most: number) {
  const least = Math.min(FEWEST_PER_USER, most);
  if (total < users * least || total > users * most) {
    throw new RangeError(`${users} users of ${least} to ${most} ratings each cannot give ${total}`);
  }
  const wants = Float64Array.from({ length: users }, () =>
    Math.exp(ACTIVITY_SPREAD * random.normal()),
  );
  const scale = (total - users * least) / wants.reduce((sum, want) => sum + want, 0);
  const counts = Uint32Array.from(wants, (want) =>
    Math.min(most, least + Math.floor(want * scale)),
  );
  // What rounding and the limit have left over.
  let left = total - counts.reduce((sum, count) => sum + count, 0);
  for (let user = 0; left > 0; user = (user + 1) % users) {
    if (counts[user]! >= most) continue;
    counts[user]!++;
    left--;
  }
  return counts;
}

/** Draws movies in proportion to their weights. */
interface Table {
  readonly movies: Uint32Array;
  /** Sums of the weights up to and with each movie. */
  readonly sums: Float64Array;
}

/**
 * The ratings of one user after the other, each movie at most once per user.
 *
 * @param genresOf Indices into a user's `taste`, per movie.
 * @param counts Ratings per user.
 * @param rate Told of each rating: user's index, movie's index, stars 1..5.
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
  const lastUser = new Uint32Array(genresOf.length); // 1 + the user the movie was last rated by
  for (const [user, { taste }] of users.entries()) {
    const likes = taste.map(Math.exp);
    const sumOfLikes = likes.reduce((sum, like) => sum + like, 0);
    const count = counts[user]!;
    let left = count;
    for (let tries = 0; left > 0; tries++) {
      // Who has seen most of what they like turns to anything, and in the end to whatever is left.
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
    if (movie === undefined)
      throw new RangeError(`a user has seen all ${all.movies.length} movies`);
    return movie;
  }
}

function tableOf(weights: Float64Array, wanted: (movie: number) => boolean): Table {
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

function drawFrom({ movies, sums }: Table, random: Random): number | undefined {
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

function drawIndex(at: number, weights: readonly number[]): number {
  let left = at;
  const index = weights.findIndex((weight) => {
    left -= weight;
    return left < 0;
  });
  return index === -1 ? weights.length - 1 : index; // rounding at the very end
}
