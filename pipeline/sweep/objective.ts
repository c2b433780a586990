/** The objective: the figure of a cross-validation that trials are ranked by. */

import { closest } from "fastest-levenshtein";
import { type Dataset, declaredTarget, nounsOf } from "../dataset/dataset.ts";
import { countRatings, imageNames, imagesOf, ratingsNames } from "../dataset/inputs.ts";
import { evaluate } from "../evaluate/evaluate.ts";
import { allMovies, type MovieFacts } from "../evaluate/facts.ts";
import { subsetName, subsets } from "../evaluate/subsets.ts";
import { fitTarget } from "../fit/prepare.ts";
import { type FoldFigure, summarizeFolds } from "../folds/summary.ts";
import { joinTargets } from "../targets/rows.ts";
import { rulesOf } from "../targets/types.ts";
import type { Objective, WantedObjective } from "./schema.ts";

/** The objective's figure among `figures`; undefined if it is missing. */
export function figureOf(
  figures: readonly FoldFigure[],
  { input, group, metric }: Pick<Objective, "input" | "group" | "metric">,
): FoldFigure | undefined {
  return figures.find(
    (figure) => figure.input === input && figure.group === group && figure.metric === metric,
  );
}

/** "mAP@5 of all inputs, all movies" */
export function describeObjective({
  input,
  group,
  metric,
}: Pick<Objective, "input" | "group" | "metric">): string {
  return `${metric} of ${input}, ${group}`;
}

/**
 * The figure that a sweep file names.
 *
 * @throws Error naming the nearest figure, if a cross-validation on this data set has no such figure.
 */
export function objectiveOf(dataset: Dataset, wanted: WantedObjective): Objective {
  const rules = rulesOf(declaredTarget(dataset));
  const { metric: main, errors } = rules;
  const { input, group = allMovies({ nouns: nounsOf(dataset) }), metric = main.name } = wanted;
  const objective: Objective = {
    input,
    group,
    metric,
    better: errors.includes(metric) ? "smaller" : "larger",
  };
  const possible = possibleFigures(dataset);
  if (figureOf(possible, objective)) return objective;
  // A key whose value no figure has was misspelt.
  for (const key of ["input", "group", "metric"] as const) {
    const known = [...new Set(possible.map((figure) => figure[key]))];
    if (known.includes(objective[key])) continue;
    throw new Error(
      `objective.${key}: no figure has the ${key} "${objective[key]}"; did you mean "${closest(objective[key], known)}"? Possible: ${known.join(", ")}`,
    );
  }
  const described = describeObjective(objective);
  const nearest = closest(described, possible.map(describeObjective));
  throw new Error(`objective: there is no figure "${described}"; the nearest is "${nearest}"`);
}

const SEVERAL = 50;

/** Figures that a model of this data set has; the values are meaningless, as those of a model that is always right. */
function possibleFigures(dataset: Dataset): readonly FoldFigure[] {
  const { inputs } = dataset;
  const train = dataset.movies.filter(({ split }) => split === "train");
  const target = fitTarget(train, dataset);
  const groupOf = (name: string) => {
    const input = inputs[name]!;
    return ("group" in input ? input.group : undefined) ?? name;
  };
  const groups = [...new Set(Object.keys(inputs).map(groupOf))];
  const images = imageNames(inputs).map(groupOf);
  const facts = train.map((movie) => ({
    present:
      imagesOf(movie, inputs).length > 0 ? groups : groups.filter((g) => !images.includes(g)),
    ratings: countRatings(movie, inputs),
  }));
  const kinds = new Map(facts.map((fact, i) => [kindOf(fact, images), i]));
  // Some more, because correlations need several.
  const chosen = [...new Set([...kinds.values(), ...Array.from(train.keys()).slice(0, SEVERAL)])];
  const rules = rulesOf(target);
  const truth = joinTargets(chosen.map((i) => rules.truth(train[i]!, target)));
  const report = evaluate({
    target,
    truth,
    facts: chosen.map((i) => facts[i]!),
    grouping: { nouns: nounsOf(dataset), images, rated: ratingsNames(inputs).length > 0 },
    subsets: subsets(groups).map((shown) => ({
      name: subsetName(shown, groups),
      inputs: shown,
      scores: Float32Array.from(truth),
    })),
    baselines: [],
    thresholds: rules.tune && { perLabel: target.outputs.map(() => 0.5), subsets: [] },
    seed: 0,
  });
  return summarizeFolds([report]).figures;
}

/** The evaluation's groups do not differ above five ratings. */
function kindOf({ present, ratings }: MovieFacts, images: readonly string[]): string {
  return [...images.map((image) => present.includes(image)), Math.min(ratings, 5)].join();
}
