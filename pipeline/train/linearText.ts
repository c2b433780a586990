/** Fits the linear text encoder: a convex problem, that of the target's regression. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { TextFeatures } from "../../predictor/inputs/text.ts";
import type { ItemFeatures } from "../../predictor/item.ts";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import { concatenate } from "../common/matrix.ts";
import type { Random } from "../common/random.ts";
import { snapRows } from "../fit/grid.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { bumpCount } from "../inputs/number/beside.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import { PLAIN_C } from "../inputs/text/options.ts";
import { pretrainedCount } from "../inputs/text/tower.ts";
import { buildLinearTextFeatures } from "../model/build.ts";
import { linearTextScales } from "../model/linearText.ts";
import { groupNamed } from "../model/modelInputs.ts";
import type { GroupOf } from "../model/towerType.ts";
import { getWeights, setWeights } from "../model/weights.ts";
import { calibrated } from "../regression/calibration.ts";
import {
  type LinearModel,
  predictAll,
  type SparseRows,
  withoutEmptyColumns,
} from "../regression/sparseRows.ts";
import { derivativesOf } from "../targets/derivatives.ts";
import type { FittedTarget, Targets } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { hasInput, towerInputs } from "./batches.ts";
import { measuredMovies, measureTower } from "./measure.ts";
import type { TowerResult } from "./records.ts";
import { forwardAll } from "./step.ts";
import type { TrainOptions } from "./train.ts";

/** Movies per forward pass; affects only memory. */
const BATCH = 256;

/**
 * Fits the tower in place, to exactly the features that its layers compute.
 *
 * @returns A single record instead of epochs: there is one minimum, and nothing to stop early.
 */
export async function fitLinearText(
  model: LayersModel,
  options: TrainOptions,
): Promise<TowerResult> {
  const { input, source, target } = options;
  const group = groupNamed(source.inputs, input) as GroupOf<TextInput>;
  const started = performance.now();
  const movies = options.training.filter((movie) => hasInput(movie, source, input));
  if (movies.length === 0) {
    const weights = await getWeights(model);
    weights.get(`${group.input}_term_logits/embeddings`)!.fill(0);
    return { weights, history: [], bestEpoch: 0 };
  }

  const rows = await rowsOf(movies, group, source);
  const { loss, ...fitted } = await fitLabels(rows, movies, group.main, options);
  const fitSeconds = (performance.now() - started) / 1000;
  setWeights(model, weightsOf(group.input, fitted, target.prior.length), "partial");
  const measures = await measureTower(model, measuredMovies(options), options, (targets, logits) =>
    meanLoss(logits, targets, target),
  );
  const record = {
    tower: input,
    epoch: 1,
    loss,
    metric: rulesOf(target).metric.name,
    validation: measures.score,
    validationLoss: measures.loss,
    learningRate: 0,
    seconds: (performance.now() - started) / 1000,
    samplesPerSecond: movies.length / fitSeconds,
  };
  await options.onEpoch?.(record, model);
  return { weights: await getWeights(model), history: [record], bestEpoch: 1 };
}

interface FittedLabels {
  /** Weight of each token id [tokens + 1, L]. */
  readonly terms: Float32Array;
  /** Weight of each feature [features, L]. */
  readonly kernel: Float32Array;
  /** [L] */
  readonly bias: Float32Array;
}

/** The target's regression, and its mean loss over movies and outputs. */
async function fitLabels(
  rows: TextRows,
  movies: readonly EncodedMovie[],
  { options }: Pick<TextInput, "options">,
  { target, random, onStep }: TrainOptions,
): Promise<FittedLabels & { loss: number }> {
  const { prior } = target;
  const labels = prior.length;
  const columns = rows.columns - rows.scales.length;
  const terms = new Float32Array(columns * labels);
  const kernel = new Float32Array(rows.scales.length * labels);
  const bias = new Float32Array(labels);
  // A small data set has few of the n-grams' buckets, and a fit's steps take as long as it has columns.
  const used = withoutEmptyColumns(rows);
  const targets = targetsOf(movies);
  const { regress, margins } = rulesOf(target);
  const regression = margins && options.regression === "svm" ? "svm" : "logistic";
  const c = options.inverseRegularisation ?? PLAIN_C[regression];
  const fits =
    regression === "svm"
      ? margins!.regress(used.rows, targets, labels, { c, folds: foldsOf(movies.length, random) })
      : regress(used.rows, targets, labels, c);
  const uncalibrated: LinearModel[] = [];
  let fitted = fits.next();
  for (; !fitted.done; fitted = fits.next()) {
    const done = uncalibrated.push(fitted.value);
    onStep?.({ done, total: labels, epoch: 1, loss: Number.NaN });
    // Lets signal handlers and the progress bar's timer run.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const calibration = fitted.value;
  const models = calibration
    ? uncalibrated.map((model) => calibrated(model, calibration))
    : uncalibrated;
  for (const [label, fit] of models.entries()) {
    for (const [place, column] of used.columns.entries()) {
      const weight = fit.weights[place]!;
      const feature = column - columns;
      if (feature < 0) terms[column * labels + label] = weight;
      else kernel[feature * labels + label] = weight * rows.scales[feature]!;
    }
    // A label that all movies or no movies have gets no finite intercept; its prior suffices.
    bias[label] = Number.isFinite(fit.intercept) ? fit.intercept - prior[label]! : 0;
  }
  return { terms, kernel, bias, loss: meanLoss(predictAll(used.rows, models), targets, target) };
}

/** Parts of the training movies, for margins of movies that a model was not fitted to. */
const FOLDS = 3;

/** A part for each movie, drawn, and of the same size but for one movie. */
function foldsOf(movies: number, random: Random): Uint8Array {
  const folds = Uint8Array.from({ length: movies }, (_, movie) => movie % FOLDS);
  random.fork("folds").shuffle(folds);
  return folds;
}

function meanLoss(logits: Float32Array, targets: Targets, target: FittedTarget): number {
  const width = target.prior.length;
  const { differentiate } = rulesOf(target);
  const into = derivativesOf(width);
  let loss = 0;
  for (let at = 0; at < logits.length; at += width) {
    const row = Float64Array.from(logits.subarray(at, at + width), finite);
    differentiate(row, targets, at, into);
    loss += into.losses.reduce((sum, term) => sum + term, 0);
  }
  return loss / logits.length;
}

/** Infinite intercepts have no loss, and infinity times 0 none that can be computed. */
const finite = (logit: number) => Math.max(-MAX_LOGIT, Math.min(MAX_LOGIT, logit));
const MAX_LOGIT = 1e6;

/** The tower's weights by name, with those of terms rounded to an 8-bit grid. */
function weightsOf(input: string, { terms, kernel, bias }: FittedLabels, labels: number) {
  snapRows(terms, labels);
  return new Map([
    [`${input}_term_logits/embeddings`, terms],
    [`${input}_logits/kernel`, kernel],
    [`${input}_logits/bias`, bias],
  ]);
}

interface TextRows extends SparseRows {
  /** Scales of the feature columns, which follow those of the terms. */
  readonly scales: Float64Array;
}

/** The regression's rows: a column per token id, then one per feature. */
async function rowsOf(
  movies: readonly EncodedMovie[],
  group: GroupOf<TextInput>,
  source: TrainOptions["source"],
): Promise<TextRows> {
  const { spec, words, termWeights } = group.main;
  const model = buildLinearTextFeatures(group, movies[0]!.target.length);
  const scales = linearTextScales({
    numbers: group.number ? bumpCount(group.number) : 0,
    dimensions: words?.dimensions ?? 0,
    pretrained: pretrainedCount(group),
  });
  const width = scales.length;
  const firstFeature = tokenCount(spec) + 1;
  const offsets = new Uint32Array(movies.length + 1);
  const indices: number[] = [];
  const values: number[] = [];
  for (let start = 0; start < movies.length; start += BATCH) {
    const part = movies.slice(start, start + BATCH);
    const [terms, features] = (await forwardAll(model, towerInputs(group.name, part, source))) as [
      Float32Array,
      Float32Array,
    ];
    const perTitle = terms.length / part.length;
    for (const [i, movie] of part.entries()) {
      const row = new Map<number, number>();
      for (const [place, token] of tokensOf(movie, group).entries()) {
        // After layer normalisation, tokens without a weight are not exactly 0; words with only a vector have no column.
        if (!termWeights[token]) continue;
        row.set(token, (row.get(token) ?? 0) + terms[i * perTitle + place]!);
      }
      for (let f = 0; f < width; f++)
        row.set(firstFeature + f, features[i * width + f]! * scales[f]!);
      indices.push(...row.keys());
      values.push(...row.values());
      offsets[start + i + 1] = indices.length;
    }
  }
  model.dispose();
  return {
    columns: firstFeature + width,
    offsets,
    indices: Uint32Array.from(indices),
    values: Float64Array.from(values),
    scales,
  };
}

/** Of the group's texts, one after another. */
function tokensOf({ features }: EncodedMovie, { parts }: GroupOf<TextInput>): Int32Array {
  return concatenate(
    parts.map(({ name }) => ((features as ItemFeatures)[name] as TextFeatures).tokens),
    new Int32Array(0),
  );
}
