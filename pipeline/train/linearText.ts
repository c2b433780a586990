/** Fits the linear text encoder: a convex problem, that of the target's regression. */

import type { TextFeatures } from "../../predictor/inputs/text.ts";
import type { ItemFeatures } from "../../predictor/item.ts";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import { concatenate } from "../common/matrix.ts";
import type { Random } from "../common/random.ts";
import { snapRows } from "../fit/grid.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { bumpCount } from "../inputs/number/beside.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import { PLAIN_C, type TextOptions } from "../inputs/text/options.ts";
import { pretrainedCount } from "../inputs/text/tower.ts";
import { buildLinearTextFeatures } from "../model/build.ts";
import { linearTextScales } from "../model/linearText.ts";
import type { GroupOf } from "../model/towerType.ts";
import { calibrated } from "../regression/calibration.ts";
import {
  type LinearModel,
  predictAll,
  type SparseRows,
  someColumns,
} from "../regression/sparseRows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import { towerInputs } from "./batches.ts";
import { type FitTower, meanLoss } from "./fitAtOnce.ts";
import { biasOf } from "./linearHead.ts";
import { forwardAll } from "./step.ts";
import type { TrainOptions } from "./train.ts";

/** Movies per forward pass; affects only memory. */
const BATCH = 256;

/** Fits the tower to exactly the features that its layers compute. */
export const fitLinearText: FitTower<TextInput> = async (group, movies, options) => {
  const rows = await rowsOf(movies, group, options.source);
  const { loss, ...fitted } = await fitLabels(rows, movies, group.main, options);
  return { weights: weightsOf(group.input, fitted, options.target.prior.length), loss };
};

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
  train: TrainOptions,
): Promise<FittedLabels & { loss: number }> {
  const { target } = train;
  const labels = target.prior.length;
  const columns = rows.columns - rows.scales.length;
  const terms = new Float32Array(columns * labels);
  const kernel = new Float32Array(rows.scales.length * labels);
  const bias = new Float32Array(labels);
  const logits = new Float32Array(movies.length * labels);
  const regression = regressionOf(options, target);
  for (const part of partsOf(rows, options, regression)) {
    // A small data set has few of the n-grams' buckets, and a fit's steps take as long as it has columns.
    const used = someColumns(rows, part.has);
    const models = await regressed(used.rows, movies, { ...part, regression }, train);
    for (const [label, model] of models.entries()) {
      for (const [place, column] of used.columns.entries()) {
        const weight = part.share * model.weights[place]!;
        const feature = column - columns;
        if (feature < 0) terms[column * labels + label]! += weight;
        else kernel[feature * labels + label]! += weight * rows.scales[feature]!;
      }
      bias[label]! += part.share * biasOf(model, target.prior[label]!);
    }
    for (const [i, logit] of predictAll(used.rows, models).entries())
      logits[i]! += part.share * logit;
  }
  return { terms, kernel, bias, loss: meanLoss(logits, targetsOf(movies), target) };
}

/** Columns that a regression of their own is fitted to. */
interface Part {
  has(column: number): boolean;
  /** Share of its logits in the tower's. */
  readonly share: number;
  readonly c: number;
}

/**
 * All columns; or those of words, and those of a backbone's features or of the vectors that it taught, apart: their averaged
 * logits rank better than either. Taught vectors share the number with the words: a title's year says much.
 */
function partsOf(
  rows: TextRows,
  options: TextOptions,
  regression: TextOptions["regression"],
): Part[] {
  const c = options.inverseRegularisation ?? PLAIN_C[regression];
  const { pretrained, isTaught } = rows;
  if (pretrained === 0 && !isTaught) return [{ has: () => true, share: 1, c }];
  const { backboneShare: share, backboneInverseRegularisation } = options;
  const firstNumber = rows.columns - rows.scales.length;
  const firstVector = firstNumber + rows.numbers;
  const isOwn = (column: number) =>
    isTaught
      ? column >= firstVector && isTaught(column - firstVector)
      : column >= rows.columns - pretrained;
  const isShared = (column: number) =>
    isTaught !== undefined && column >= firstNumber && column < firstVector;
  const parts = [
    { has: (column: number) => !isOwn(column), share: 1 - share, c },
    {
      has: (column: number) => isOwn(column) || isShared(column),
      share,
      c: backboneInverseRegularisation,
    },
  ];
  // 0 times the infinite intercept of a label that all items have is not a number.
  return parts.filter((part) => part.share > 0);
}

/** Not every target has margins. */
function regressionOf({ regression }: TextOptions, target: FittedTarget) {
  return regression === "svm" && rulesOf(target).margins ? "svm" : "logistic";
}

/** A model per label, those of margins calibrated. */
async function regressed(
  rows: SparseRows,
  movies: readonly EncodedMovie[],
  { c, regression }: Pick<Part, "c"> & Pick<TextOptions, "regression">,
  { target, random, onStep }: TrainOptions,
): Promise<LinearModel[]> {
  const total = target.prior.length;
  const targets = targetsOf(movies);
  const { regress, margins } = rulesOf(target);
  const fits =
    regression === "svm"
      ? margins!.regress(rows, targets, total, { c, folds: foldsOf(movies.length, random) })
      : regress(rows, targets, total, c);
  const models: LinearModel[] = [];
  let fitted = fits.next();
  for (; !fitted.done; fitted = fits.next()) {
    const done = models.push(fitted.value);
    onStep?.({ done, total, epoch: 1, loss: Number.NaN });
    // Lets signal handlers and the progress bar's timer run.
    await new Promise((resolve) => setImmediate(resolve));
  }
  const calibration = fitted.value;
  return calibration ? models.map((model) => calibrated(model, calibration)) : models;
}

/** Parts of the training movies, for margins of movies that a model was not fitted to. */
const FOLDS = 3;

/** A part for each movie, drawn, and of the same size but for one movie. */
function foldsOf(movies: number, random: Random): Uint8Array {
  const folds = Uint8Array.from({ length: movies }, (_, movie) => movie % FOLDS);
  random.fork("folds").shuffle(folds);
  return folds;
}

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
  /** Number of a backbone's features, which are the last columns. */
  readonly pretrained: number;
  /** Number of columns of the number, or of the presence that stands for it; those of word vectors follow. */
  readonly numbers: number;
  /** Whether a column of word vectors, from 0, is of a dimension that a teacher gave; undefined without a teacher. */
  readonly isTaught: ((column: number) => boolean) | undefined;
}

/** The regression's rows: a column per token id, then one per feature. */
async function rowsOf(
  movies: readonly EncodedMovie[],
  group: GroupOf<TextInput>,
  source: TrainOptions["source"],
): Promise<TextRows> {
  const { spec, words, termWeights } = group.main;
  const model = buildLinearTextFeatures(group, movies[0]!.target.length);
  const pretrained = pretrainedCount(group);
  const numbers = group.number ? bumpCount(group.number) : 0;
  const scales = linearTextScales({
    numbers,
    dimensions: words?.dimensions ?? 0,
    pretrained,
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
    pretrained,
    numbers: Math.max(1, numbers),
    isTaught: taughtColumns(words),
  };
}

/** Columns are the mean, largest and smallest values of every dimension, of which the last ones are taught. */
function taughtColumns(words: TextInput["words"]): TextRows["isTaught"] {
  if (!words?.taught) return undefined;
  const { dimensions, taught } = words;
  return (column) => column % dimensions >= dimensions - taught;
}

/** Tokens of the group's texts, one text after another. */
function tokensOf({ features }: EncodedMovie, { parts }: GroupOf<TextInput>): Int32Array {
  return concatenate(
    parts.map(({ name }) => ((features as ItemFeatures)[name] as TextFeatures).tokens),
    new Int32Array(0),
  );
}
