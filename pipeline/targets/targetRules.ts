/** What the pipeline has to know of a type of target: a new type is one folder of this form, and a line in types.ts. */

import type * as tfc from "@tensorflow/tfjs-core";
import type { layers } from "@tensorflow/tfjs-layers";
import type { Nouns } from "../../predictor/nouns.ts";
import type { Thresholds } from "../../predictor/targets/decide.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import type { Calibration as MarginCalibration } from "../regression/calibration.ts";
import type { LinearModel, SparseRows } from "../regression/sparseRows.ts";
import type { Block, Chart } from "./blocks.ts";

/** What a target decides with; only labels need it. */
export type { Thresholds };

export type TargetName = TargetSpec["type"];

/** What a data set says of its target, before anything is fitted. */
export interface DeclaredTarget {
  readonly type: TargetName;
  /** As people know it. */
  readonly column?: string | undefined;
  /** Between several labels in a cell. */
  readonly separator?: string | undefined;
  /** Before the decimals of numbers that are texts; default: a point. */
  readonly decimal?: "." | "," | undefined;
  /** Whether the sign and the nearest whole number of a number are scored, too. */
  readonly bins?: boolean | undefined;
}

/** What an item's row says of its target. */
export interface TargetValue {
  /** Each one of the outputs' names, without repeats; empty where the target is a number. */
  readonly labels: readonly string[];
  readonly value?: number | undefined;
}

/** A cell of the target's column. */
export interface TargetCell {
  /** Trimmed; "" where there is nothing. */
  text(): string;
  /** Why text and list are not what the file has, as a sentence; undefined if they are. */
  lostDigits(): string | undefined;
  /** Decimal, and no larger than float32 holds; undefined for anything else. */
  number(): number | undefined;
  /** Its parts, without repeats; empty where there is nothing. */
  list(separator: string | undefined): readonly string[];
}

/** What is known of a target once it is fitted to the training items; plain data. */
export interface FittedTarget extends DeclaredTarget {
  /** Names of the graph's outputs. */
  readonly outputs: readonly string[];
  /** Logits that an item's are added to: what is answered where nothing is known of it [outputs]. */
  readonly prior: Float32Array;
  /** Only of a number. */
  readonly range?: ValueRange | undefined;
}

/** Statistics of the training values. Towers learn (value - mean) / std. */
export interface ValueRange {
  readonly mean: number;
  /** Above 0. */
  readonly std: number;
  readonly min: number;
  readonly max: number;
}

/** Rows [items, outputs] of what towers learn: 0 or 1, or standardised numbers. */
export type Targets = Uint8Array | Float32Array;

/** Rows [items, outputs] of what is true: 0 or 1, or numbers in all digits of the data. */
export type Truth = Uint8Array | Float64Array;

/** targets [n, outputs], logits [n, outputs] -> losses [n, outputs] or [n, 1] */
export type Loss = (targets: tfc.Tensor, logits: tfc.Tensor) => tfc.Tensor;

/** What losses are made with. */
export interface LossOptions {
  readonly loss: string;
  readonly focusPositive: number;
  readonly focusNegative: number;
  readonly margin: number;
  readonly labelSmoothing: number;
}

/** The loss of one item by its logits z [outputs], to be filled. */
export interface Derivatives {
  /** Terms of the loss [outputs]. */
  readonly losses: Float64Array;
  /** By each logit [outputs]. */
  readonly slopes: Float64Array;
  /** The Hessian's diagonal without what the next one takes off [outputs]. */
  readonly curvatures: Float64Array;
  /** p, where the Hessian is the diagonal less p p^T; see `coupled` [outputs]. */
  readonly coupling: Float64Array;
}

/** The one figure that early stopping, folds and sweeps follow: a mean over items. */
export interface Metric {
  /** "mAP@5" */
  readonly name: string;
  readonly better: "larger" | "smaller";
  /** Right end of an axis; undefined: that of the data. */
  readonly max?: number;
  /**
   * @param scores The graph's output [items, outputs]; see `ranksLogits`.
   * @returns A value per item; NaN where it has none.
   */
  perItem(scores: Float32Array, truth: Truth, width: number): Float64Array;
}

export interface Figure {
  readonly metric: string;
  readonly value: number | null;
}

/** Items with their answers. */
export interface Scored {
  /** Scores from the graph [items, outputs]. */
  readonly scores: Float32Array;
  readonly truth: Truth;
  readonly target: FittedTarget;
}

/** Items of which only some inputs are shown. */
export interface ShownScores {
  /** Those shown. */
  readonly groups: readonly string[];
  readonly scores: Float32Array;
  /** The groups of inputs that each item has, of those shown. */
  readonly present: readonly (readonly string[])[];
}

/** Answers by how sure they are, and how often they are right. */
export interface Calibration {
  /** Expected calibration error: the mean difference of the two, weighted by the number of answers. */
  readonly ece: number;
  /** From the least sure; without empty ones. */
  readonly bins: readonly CalibrationBin[];
}

export interface CalibrationBin {
  readonly count: number;
  /** Mean probability. */
  readonly confidence: number;
  /** Share that is right. */
  readonly accuracy: number;
}

/** What a report of a target's evaluation has beside the figures of every row: plain JSON, of the target's own form. */
export type Detail = Readonly<Record<string, unknown>>;

export interface TextContext {
  readonly nouns: Nouns;
  /** The column of the target. */
  readonly column: string;
  /** "test" or "validation" */
  readonly split: string;
  /** Name of the evaluation's row with all inputs. */
  readonly fullRow: string;
}

/** A row of the table of types of targets. */
export interface TargetRules {
  readonly type: TargetName;

  // Reading

  /** @returns What the cell says; undefined where there is nothing; or why it cannot be used, as a sentence. */
  read(cell: TargetCell, target: DeclaredTarget): TargetValue | string | undefined;
  /**
   * Names of the model's outputs.
   *
   * @throws InputError where the items leave nothing to learn.
   */
  outputs(items: readonly TargetValue[], target: DeclaredTarget): string[];
  /** What splits keep the shares of: indices of each item's strata. */
  strata(items: readonly TargetValue[], outputs: readonly string[]): number[][];

  // Training

  /** By name, the default first: what they are, for help texts, and how they are made. */
  readonly losses: Readonly<Record<string, LossRules>>;
  /** Which of the options of losses they have, beside their name. */
  readonly lossOptions: readonly Exclude<keyof LossOptions, "loss">[];
  /** @param items Training items. */
  fit(
    items: readonly TargetValue[],
    outputs: readonly string[],
    target: DeclaredTarget,
  ): FittedTarget;
  /** What towers learn [outputs]. */
  encode(item: TargetValue, target: FittedTarget): Targets;
  /** What the graph is to answer [outputs]. */
  truth(item: TargetValue, target: FittedTarget): Truth;
  /** Layer from the fused logits [B, outputs] to the graph's output. */
  activation(target: FittedTarget): layers.Layer;
  /** The same of rows of logits outside the graph. */
  answers(logits: Float32Array, target: FittedTarget): Float32Array;
  /** @param targets Of `encode`, of which the item's begin at `at`. */
  differentiate(logits: Float64Array, targets: Targets, at: number, into: Derivatives): void;
  /** Whether `differentiate` fills `coupling`: where the logits are those of one distribution. */
  readonly coupled: boolean;
  /**
   * Linear models of the logits, one per output in order.
   *
   * @param targets Of `encode` [rows, outputs].
   * @param c Inverse strength of the regularisation.
   * @throws NoMinimumError if no minimum is reached.
   */
  regress(
    rows: SparseRows,
    targets: Targets,
    width: number,
    c: number,
  ): Generator<LinearModel, void>;
  /** Only where linear models may be fitted to margins instead, as `regress` to likelihoods. */
  readonly margins?: MarginRules;
  /** "logistic regression per genre" */
  regression(nouns: Nouns): string;

  // Evaluation

  readonly metric: Metric;
  /** Figures of which smaller ones are better. */
  readonly errors: readonly string[];
  /** Whether logits have the same metric as the graph's output made of them. */
  readonly ranksLogits: boolean;
  /** Names of further figures, by table. */
  columns(target: FittedTarget): readonly (readonly string[])[];
  /** The figures of all columns, in order; null where there is none. */
  figures(scored: Scored, decided: Decisions | undefined): Figure[];
  /**
   * What decisions need, tuned on items that no tower was trained on.
   *
   * @param shown Scores from each of some subsets of the inputs, all of them first.
   */
  tune?(shown: readonly ShownScores[], truth: Truth, target: FittedTarget): Thresholds;
  readonly calibration?: CalibrationRules;
  detail(scored: Scored, decided: Decisions): Detail;
  /** What is true of an item and what the model answers, in words. */
  describe(scored: Scored, item: number, decided: Decisions): { truth: string; answer: string };
  /** Name of the baseline that answers the prior always, and of one by linear regression. */
  readonly baselines: { constant(nouns: Nouns): string; readonly linear: string };
  /** Answer of the first: [outputs]. */
  constant(items: readonly TargetValue[], outputs: readonly string[]): Float32Array;

  // Publishing

  /** The manifest's. */
  spec(target: FittedTarget, thresholds: Thresholds | undefined): TargetSpec;

  // Texts

  readonly texts: TargetTexts;
}

interface LossRules {
  readonly about: string;
  /** @param prior [1, outputs]; owned by the caller and read in every step. */
  create(options: LossOptions, prior: tfc.Tensor): Loss;
}

interface MarginRules {
  /**
   * @param folds Part of each row, for margins to calibrate by; see `fitCalibrated`.
   * @returns What makes logits of the models' margins.
   */
  regress(
    rows: SparseRows,
    targets: Targets,
    width: number,
    { c, folds }: { readonly c: number; readonly folds: Uint8Array },
  ): Generator<LinearModel, MarginCalibration>;
  /** "one linear support vector machine per genre" */
  about(nouns: Nouns): string;
}

interface CalibrationRules {
  /** Continues "ECE", e.g. "of the top class". */
  readonly of: (nouns: Nouns) => string;
  /** Every answer's probability, and whether it is right. */
  pairs(scored: Scored): Iterable<readonly [probability: number, right: boolean]>;
}

/** How items are decided. */
export interface Decisions {
  readonly thresholds: Thresholds | undefined;
  /** The groups of inputs that each item has, of those shown. */
  readonly present: readonly (readonly string[])[];
}

export interface TargetTexts {
  /** "one probability per genre; genres do not exclude each other" */
  output(context: Pick<TextContext, "nouns" | "column">): string;
  /** "Movie genres", "Movie genre", "IMDB Rating of movies" */
  subject(context: Pick<TextContext, "nouns" | "column">): string;
  /** How the one metric is defined, for the model card; may be empty. */
  metric(context: TextContext): string;
  /** What the model hub knows: the kind of task, its own names of metrics, and names of our figures. */
  readonly hub: {
    readonly task: string;
    readonly metrics: readonly string[];
    readonly figures: Readonly<Record<string, string>>;
  };
  /** "18 genres" */
  outputs(count: number, context: Pick<TextContext, "nouns" | "column">): string;
  /** What towers compute, and what their sum is added to. */
  towers(nouns: Nouns): { readonly compute: string; readonly prior: string };
  /** "Suggesting genres of movies" */
  use(context: Pick<TextContext, "nouns" | "column">): string;
  /** Name of the list of outputs in a model card; undefined: none is needed. */
  list(nouns: Nouns): string | undefined;
  /** Chart of the values in the data set. */
  distribution(
    items: readonly TargetValue[],
    outputs: readonly string[],
    context: Pick<TextContext, "nouns" | "column">,
  ): { readonly chart: Chart; readonly caption: string };
  /** Sections of the report. */
  report(detail: Detail, context: TextContext): Block[];
  /** Sections of the model card. */
  card(detail: Detail, context: TextContext): Block[];
  /** Limits that the model card names. */
  limits(detail: Detail, context: TextContext): string[];
}
