/** The evaluate stage: tunes thresholds and computes all metrics with the exported graph. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupOf } from "../../predictor/item.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import { type Dataset, nounsOf } from "../dataset/dataset.ts";
import { imageNames, ratingsNames, textNames } from "../dataset/inputs.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import { type EncodedMovie, truthOf } from "../fit/prepare.ts";
import type { Thresholds } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { baselines } from "./baselines.ts";
import { type EvaluationReport, evaluate } from "./evaluate.ts";
import { factsOf, type Grouping } from "./facts.ts";
import { type Mistake, worstItems } from "./mistakes.ts";
import { type RatingsCurve, scoreRatingsCurve } from "./ratingsCurve.ts";
import { groupNames, scoreMovies, scoreSubsets } from "./subsets.ts";
import { tune } from "./tune.ts";

export interface GraphEvaluation {
  /** On the test movies, or on the validation movies if there is no test split. */
  readonly evaluation: EvaluationReport;
  /** On the same movies, of the inputs with ratings that the model does not leave out. */
  readonly ratingsCurves: readonly RatingsCurve[];
  readonly thresholds: Thresholds | undefined;
  /** The items that it gets most wrong from all inputs. */
  readonly mistakes: readonly Mistake[];
}

export interface EvaluateGraphOptions {
  readonly dataset: Pick<Dataset, "inputs" | "nouns">;
  readonly fitted: FitResult;
  readonly posters: PosterStore;
  /** Runs the exported graph. */
  readonly run: RunGraph;
  /** The same, for the curve over numbers of ratings, which shows every image some twenty times; default: `run`. */
  readonly runAgain?: RunGraph | undefined;
  /** Seed of the bootstrap and of the ratings curve. */
  readonly seed: number;
  /** Default: tuned on the validation movies. */
  readonly thresholds?: Thresholds | undefined;
  /** Inputs that the model leaves out. */
  readonly leftOut?: readonly string[];
  /** Most items in the list of mistakes. */
  readonly mistakes?: number;
}

export async function evaluateGraph(options: EvaluateGraphOptions): Promise<GraphEvaluation> {
  const { dataset, fitted, posters, run, seed, leftOut = [] } = options;
  const { training, validation, test, target, spec } = fitted;
  const predictor = createPredictor(predictorSpec(fitted), run);
  const thresholds =
    options.thresholds ??
    (await tune({
      target,
      groups: groupNames(predictor),
      present: factsOf(validation, spec).map(({ present }) => present),
      truth: truthOf(validation, target),
      scoresOf: (shown) => scoreMovies(predictor, validation, posters, shown),
    }));
  const evaluated = evaluatedMovies(fitted);
  const grouping = groupingOf(dataset, spec);
  const truth = truthOf(evaluated, target);
  const facts = factsOf(evaluated, spec);
  const subsets = await scoreSubsets(predictor, evaluated, posters);
  const evaluation = evaluate({
    target,
    truth,
    facts,
    grouping,
    subsets,
    baselines: baselines({
      // Baselines may also learn from validation movies, unless these are the evaluated ones.
      train: test.length > 0 ? [...training, ...validation] : training,
      movies: evaluated,
      inputs: dataset.inputs,
      specs: spec,
      target,
      nouns: grouping.nouns,
    }),
    leftOut,
    thresholds,
    seed,
  });
  const again = createPredictor(predictorSpec(fitted), options.runAgain ?? run);
  const ratingsCurves: RatingsCurve[] = [];
  for (const input of ratingsNames(dataset.inputs)) {
    if (leftOut.includes(groupOf(input, spec[input]!))) continue;
    const curve = await scoreRatingsCurve(input, evaluated, {
      predictor: again,
      ...{ posters, target, seed },
    });
    if (curve) ratingsCurves.push(curve);
  }
  const mistakes = worstItems({
    scored: { scores: subsets[0]!.scores, truth, target },
    decisions: { thresholds, present: facts.map(({ present }) => present) },
    movies: evaluated,
    texts: textNames(dataset.inputs),
    count: options.mistakes ?? 0,
  });
  return { evaluation, ratingsCurves, thresholds, mistakes };
}

/** What a data set's movies are grouped by. */
export function groupingOf(
  { inputs, nouns }: Pick<Dataset, "inputs" | "nouns">,
  specs: InputSpecs,
): Grouping {
  return {
    nouns: nounsOf({ nouns }),
    images: groupsOf(imageNames(inputs), specs),
    rated: ratingsNames(inputs).length > 0,
  };
}

/** The groups of inputs. */
function groupsOf(names: readonly string[], specs: InputSpecs): string[] {
  return names.map((name) => groupOf(name, specs[name]!));
}

/** The movies that are evaluated: the test split, or the validation movies if there is none. */
export function evaluatedMovies({ test, validation }: FitResult): readonly EncodedMovie[] {
  return test.length > 0 ? test : validation;
}

/** A predictor's specification with provisional thresholds of 0.5. */
export function predictorSpec({ target, spec }: Pick<FitResult, "target" | "spec">): PredictorSpec {
  return { target: rulesOf(target).spec(target, undefined), inputs: spec };
}
