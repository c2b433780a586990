/** How often labels are given. */

/** Number of movies with each label, in the order of `labels`; a movie's labels that are not among them are ignored. */
export function labelCounts(
  movies: readonly { readonly labels: readonly string[] }[],
  labels: readonly string[],
): number[] {
  const counts = new Map(labels.map((label) => [label, 0]));
  for (const movie of movies) {
    for (const label of movie.labels) {
      const count = counts.get(label);
      if (count !== undefined) counts.set(label, count + 1);
    }
  }
  return labels.map((label) => counts.get(label)!);
}
