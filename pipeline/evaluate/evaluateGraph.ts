/** The evaluate stage: tunes thresholds and computes all metrics with the exported graph. */

import type { InputSpec, InputSpecs } from "../../predictor/inputs/types.ts";
import { groupOf } from "../../predictor/item.ts";
import { createPredictor, type PredictorSpec } from "../../predictor/predictor.ts";
import type { RunGraph } from "../../predictor/tensor.ts";
import { tuneThresholds } from "../../predictor/thresholds.ts";
import { allRatingsOf, type DeclaredInputs, namesOf, textOf } from "../dataset/inputs.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FitResult } from "../fit/fit.ts";
import { type EncodedMovie, encodedRatings, targetsOf } from "../fit/prepare.ts";
import { baselines } from "./baselines.ts";
import { type EvaluationReport, evaluate, type MovieFacts } from "./evaluate.ts";
import { type RatingsCurvePoint, scoreRatingsCurve } from "./ratingsCurve.ts";
import { scoreMovies, scoreSubsets } from "./subsets.ts";

export interface GraphEvaluation {
  /** On the test movies, or on the validation movies if there is no test split. */
  readonly evaluation: EvaluationReport;
  /** On the same movies; empty if the model leaves out the ratings. */
  readonly ratingsCurve: readonly RatingsCurvePoint[];
  /** One per label. */
  readonly thresholds: readonly number[];
}

export interface EvaluateGraphOptions {
  /** That the data set declares. */
  readonly inputs: DeclaredInputs;
  readonly labels: readonly string[];
  readonly fitted: FitResult;
  readonly posters: PosterStore;
  /** Runs the exported graph. */
  readonly run: RunGraph;
  /** Seed of the bootstrap and of the ratings curve. */
  readonly seed: number;
  /** One per label; default: tuned on the validation movies. */
  readonly thresholds?: readonly number[];
  /** Inputs that the model leaves out. */
  readonly leftOut?: readonly string[];
}

export async function evaluateGraph(options: EvaluateGraphOptions): Promise<GraphEvaluation> {
  const { labels, fitted, posters, run, seed, leftOut = [] } = options;
  const predictor = createPredictor(predictorSpec(labels, fitted), run);
  const { training, validation, test } = fitted;
  const thresholds =
    options.thresholds ??
    tuneThresholds(
      await scoreMovies(predictor, validation, posters),
      targetsOf(validation),
      labels.length,
    );
  const evaluated = evaluatedMovies(fitted);
  const evaluation = evaluate({
    labels,
    targets: targetsOf(evaluated),
    facts: factsOf(evaluated),
    subsets: await scoreSubsets(predictor, evaluated, posters),
    baselines: baselines(
      // Baselines may also learn from validation movies, unless these are the evaluated ones.
      baselineMovies(test.length > 0 ? [...training, ...validation] : training, options.inputs),
      baselineMovies(evaluated, options.inputs),
      labels,
      namesOf(options.inputs, "text"),
    ),
    leftOut,
    thresholds,
    seed,
    imageGroup: groupOfType(fitted.spec, "image"),
  });
  const ratings = groupOfType(fitted.spec, "ratings");
  const ratingsCurve =
    ratings !== undefined && leftOut.includes(ratings)
      ? []
      : await scoreRatingsCurve(predictor, evaluated, posters, seed);
  return { evaluation, ratingsCurve, thresholds };
}

/** The group of the only input of a type; undefined if there is none. */
function groupOfType(specs: InputSpecs, type: InputSpec["type"]): string | undefined {
  const found = Object.entries(specs).find(([, spec]) => spec.type === type);
  return found && groupOf(...found);
}

/** The movies that are evaluated: the test split, or the validation movies if there is none. */
export function evaluatedMovies({ test, validation }: FitResult): readonly EncodedMovie[] {
  return test.length > 0 ? test : validation;
}

/** The facts that movies are grouped by. */
export function factsOf(movies: readonly EncodedMovie[]): MovieFacts[] {
  return movies.map((movie) => ({
    hasPoster: movie.posterPath !== undefined,
    ratings: encodedRatings(movie).users.length,
  }));
}

/** A predictor's specification with provisional thresholds of 0.5. */
export function predictorSpec(labels: readonly string[], fitted: FitResult): PredictorSpec {
  return {
    target: {
      type: "labels",
      labels: [...labels],
      thresholds: { perLabel: labels.map(() => 0.5), subsets: [] },
    },
    inputs: fitted.spec,
  };
}

function baselineMovies(movies: readonly EncodedMovie[], inputs: DeclaredInputs) {
  const texts = namesOf(inputs, "text");
  const [year] = namesOf(inputs, "number");
  return movies.map(({ source }) => {
    const value = year === undefined ? undefined : source.values[year];
    return {
      title: texts.map((name) => textOf(source, name)).join(" "),
      ...(typeof value === "number" ? { year: value } : {}),
      labels: source.labels,
      users: allRatingsOf(source, inputs).users,
    };
  });
}
