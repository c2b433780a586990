/** Splits the train split into folds, and holds one of them out. */

import { type Dataset, declaredTarget } from "../dataset/dataset.ts";
import { groupByPoster } from "../dataset/posters.ts";
import { stratifiedFolds } from "../dataset/splits.ts";
import { rulesOf } from "../targets/types.ts";

/** Fold of each movie in the data set, from 0; -1 for the test split. Movies with the same poster share a fold. */
export async function assignFolds(
  dataset: Dataset,
  folds: number,
  seed: number,
): Promise<number[]> {
  const train = dataset.movies.filter(({ split }) => split === "train");
  const assigned = stratifiedFolds(
    rulesOf(declaredTarget(dataset)).strata(train, dataset.labels),
    folds,
    seed,
    await groupByPoster(train, dataset.inputs),
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
