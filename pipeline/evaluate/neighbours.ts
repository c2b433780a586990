/** The ratings baseline: movies rated by the same users have the same labels. */

import type { Truth } from "../targets/targetRules.ts";

/** The users who rated a movie, in any order, without repeats. */
export type Users = ArrayLike<number>;

/** Best of 5, 10, 20 and 40 by cross-validation on the train split of MovieLens-1M. */
const NEIGHBOURS = 10;
/** Weight of the label frequencies, in units of similarity; matters for movies with few neighbours. */
const PRIOR_WEIGHT = 0.05;

/**
 * k nearest neighbours by cosine similarity of the sets of users (Sarwar et al. 2001, item-based): a label's score is its
 * share among the neighbours, weighted by similarity.
 *
 * @param train Users of each training movie.
 * @param targets What is true of the training movies [movies, L]: labels, 0 or 1, or numbers, of which it is the mean.
 * @param prior Scores of movies without ratings [L].
 * @returns [queries, L]
 */
export function nearestByUsers(
  train: readonly Users[],
  targets: Truth,
  queries: readonly Users[],
  prior: ArrayLike<number>,
): Float32Array {
  const labels = prior.length;
  const ratedBy = moviesByUser(train);
  const common = new Uint32Array(train.length);
  const scores = new Float32Array(queries.length * labels);
  for (const [query, users] of queries.entries()) {
    common.fill(0);
    countCommon(users, ratedBy, common);
    const near = nearest(common, (movie) => Math.sqrt(users.length * train[movie]!.length));
    const total = near.reduce((sum, { similarity }) => sum + similarity, PRIOR_WEIGHT);
    for (let label = 0; label < labels; label++) {
      const sum = near.reduce(
        (subtotal, { movie, similarity }) =>
          subtotal + similarity * targets[movie * labels + label]!,
        PRIOR_WEIGHT * prior[label]!,
      );
      scores[query * labels + label] = sum / total;
    }
  }
  return scores;
}

/** The movies of user u are `movies[i]` for i in starts[u]..starts[u + 1]; typed arrays hold tens of millions. */
interface MoviesByUser {
  readonly starts: Uint32Array;
  readonly movies: Uint32Array;
}

function moviesByUser(train: readonly Users[]): MoviesByUser {
  let last = -1;
  let total = 0;
  for (const users of train) {
    for (let i = 0; i < users.length; i++) last = Math.max(last, users[i]!);
    total += users.length;
  }
  const starts = new Uint32Array(last + 2);
  for (const users of train) {
    for (let i = 0; i < users.length; i++) starts[users[i]! + 1]!++;
  }
  for (let user = 0; user <= last; user++) starts[user + 1]! += starts[user]!;
  const next = starts.slice();
  const movies = new Uint32Array(total);
  for (const [movie, users] of train.entries()) {
    for (let i = 0; i < users.length; i++) movies[next[users[i]!]!++] = movie;
  }
  return { starts, movies };
}

/** Adds to `common` [training movies], for each of the users, one for each of the user's movies. */
function countCommon(users: Users, { starts, movies }: MoviesByUser, common: Uint32Array): void {
  for (let i = 0; i < users.length; i++) {
    const user = users[i]!;
    // Users who rated no training movie may be beyond the last one who did.
    if (user + 1 >= starts.length) continue;
    for (let at = starts[user]!; at < starts[user + 1]!; at++) common[movies[at]!]!++;
  }
}

interface Neighbour {
  readonly movie: number;
  readonly similarity: number;
}

/** The NEIGHBOURS movies with the largest similarity, descending; equal ones in the order of the movies. */
function nearest(common: Uint32Array, scaleOf: (movie: number) => number): Neighbour[] {
  const near: Neighbour[] = [];
  for (let movie = 0; movie < common.length; movie++) {
    if (common[movie] === 0) continue;
    const similarity = common[movie]! / scaleOf(movie);
    if (near.length === NEIGHBOURS && similarity <= near.at(-1)!.similarity) continue;
    const place = near.findIndex((other) => other.similarity < similarity);
    near.splice(place < 0 ? near.length : place, 0, { movie, similarity });
    if (near.length > NEIGHBOURS) near.pop();
  }
  return near;
}
