/** The objective: the figure of a cross-validation that trials are ranked by. */

import { closest } from "fastest-levenshtein";
import { INPUT_NAMES } from "../../predictor/movie.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { allRatingsOf, imagesOf } from "../dataset/inputs.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { subsetName, subsets } from "../evaluate/subsets.ts";
import { type FoldFigure, summarizeFolds } from "../folds/summary.ts";
import type { Objective } from "./schema.ts";

/** The objective's figure among `figures`; undefined if it is missing. */
export function figureOf(
  figures: readonly FoldFigure[],
  { input, group, metric }: Objective,
): FoldFigure | undefined {
  return figures.find(
    (figure) => figure.input === input && figure.group === group && figure.metric === metric,
  );
}

/** "mAP@5 of all inputs, all movies" */
export function describeObjective({ input, group, metric }: Objective): string {
  return `${metric} of ${input}, ${group}`;
}

/** @throws Error naming the nearest figure, if a cross-validation on this data set has no figure for the objective. */
export function checkObjective(dataset: Dataset, objective: Objective): void {
  const possible = possibleFigures(dataset);
  if (figureOf(possible, objective)) return;
  const wanted = describeObjective(objective);
  // A key whose value no figure has was misspelt.
  for (const key of ["input", "group", "metric"] as const) {
    const known = [...new Set(possible.map((figure) => figure[key]))];
    if (known.includes(objective[key])) continue;
    throw new Error(
      `objective.${key}: no figure has the ${key} "${objective[key]}"; did you mean "${closest(objective[key], known)}"? Possible: ${known.join(", ")}`,
    );
  }
  const nearest = closest(wanted, possible.map(describeObjective));
  throw new Error(`objective: there is no figure "${wanted}"; the nearest is "${nearest}"`);
}

/** Figures that a model of this data set has; the values are meaningless, as all scores are 0. */
function possibleFigures({ labels, movies, inputs }: Dataset): readonly FoldFigure[] {
  const kinds = new Map(
    movies
      .filter(({ split }) => split === "train")
      .map((movie) => {
        const facts = {
          hasPoster: imagesOf(movie, inputs).length > 0,
          ratings: allRatingsOf(movie, inputs).users.length,
        };
        // The evaluation's groups do not differ above five ratings.
        return [`${facts.hasPoster} ${Math.min(facts.ratings, 5)}`, facts] as const;
      }),
  );
  const facts = [...kinds.values()];
  const size = facts.length * labels.length;
  const report = evaluate({
    labels,
    targets: new Uint8Array(size).fill(1),
    facts,
    subsets: subsets(INPUT_NAMES).map((shown) => ({
      name: subsetName(shown, INPUT_NAMES),
      inputs: shown,
      scores: new Float32Array(size),
    })),
    baselines: [],
    thresholds: labels.map(() => 0.5),
    seed: 0,
  });
  return summarizeFolds([report]).figures;
}
