/** The ratings baseline: movies rated by the same users have the same labels. */

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
 * @param targets Labels of the training movies, 0 or 1 [movies, L].
 * @param prior Scores of movies without ratings [L].
 * @returns [queries, L] in [0, 1]
 */
export function nearestByUsers(
  train: readonly Users[],
  targets: Uint8Array,
  queries: readonly Users[],
  prior: ArrayLike<number>,
): Float32Array {
  const labels = prior.length;
  const ratedBy = new Map<number, number[]>();
  for (const [movie, users] of train.entries()) {
    for (const user of Array.from(users)) {
      const rated = ratedBy.get(user);
      if (rated) rated.push(movie);
      else ratedBy.set(user, [movie]);
    }
  }
  const scores = new Float32Array(queries.length * labels);
  for (const [query, users] of queries.entries()) {
    const common = new Float64Array(train.length);
    for (const user of Array.from(users)) {
      for (const movie of ratedBy.get(user) ?? []) common[movie]!++;
    }
    const near = [...common.keys()]
      .filter((movie) => common[movie]! > 0)
      .map((movie) => ({
        movie,
        similarity: common[movie]! / Math.sqrt(users.length * train[movie]!.length),
      }))
      .sort((a, b) => b.similarity - a.similarity || a.movie - b.movie)
      .slice(0, NEIGHBOURS);
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
