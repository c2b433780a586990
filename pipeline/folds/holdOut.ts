/** Splits the train split into folds, and holds one of them out. */

import { groupBy } from "../../predictor/groupBy.ts";
import type { Random } from "../common/random.ts";
import { type Dataset, declaredTarget } from "../dataset/dataset.ts";
import { stratifiedFolds } from "../dataset/splits.ts";
import { rulesOf } from "../targets/types.ts";

/** Fold of each movie in the data set, from 0; -1 for the test split. Movies of one group share a fold. */
export function assignFolds(dataset: Dataset, folds: number, seed: number): number[] {
  const train = dataset.movies.filter(({ split }) => split === "train");
  const assigned = stratifiedFolds(
    rulesOf(declaredTarget(dataset)).strata(train, dataset.labels),
    folds,
    seed,
    train.map(({ group }) => group),
  );
  let next = 0;
  return dataset.movies.map(({ split }) => (split === "train" ? assigned[next++]! : -1));
}

/** The data set with the fold as its test split; the real test split is left out. */
export function holdOut(dataset: Dataset, foldOf: readonly number[], fold: number): Dataset {
  const movies = dataset.movies.flatMap((movie, i) => {
    if (foldOf[i] === -1) return [];
    return { ...movie, split: foldOf[i] === fold ? ("test" as const) : ("train" as const) };
  });
  return { ...dataset, movies };
}

/**
 * The data set with a share of its training movies, at least one. Groups are taken whole, until the share is reached: parts
 * of all groups would be nearly as good as all movies. With equal streams, a smaller share is part of a larger one, so that
 * a larger one only adds movies.
 *
 * @param share Above 0, up to 1.
 */
export function takeShare(dataset: Dataset, share: number, random: Random): Dataset {
  if (share === 1) return dataset;
  const training = [...dataset.movies.keys()].filter((i) => dataset.movies[i]!.split === "train");
  const groups = groupBy(training, (i): string | number => dataset.movies[i]!.group ?? i);
  const order = [...groups.values()];
  random.shuffle(order);
  const wanted = Math.max(1, Math.round(share * training.length));
  const taken = new Set<number>();
  for (const members of order) {
    if (taken.size >= wanted) break;
    for (const member of members) taken.add(member);
  }
  return {
    ...dataset,
    movies: dataset.movies.filter(({ split }, i) => split !== "train" || taken.has(i)),
  };
}
