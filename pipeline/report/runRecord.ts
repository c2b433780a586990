/** The record of a run for its reports: plain JSON. */

import type { Nouns } from "../../predictor/nouns.ts";
import type { CutTexts } from "../dataset/cutTexts.ts";
import type { DataIssue } from "../dataset/dataset.ts";
import type { RatedInput } from "../dataset/inputs.ts";
import type { Ablation } from "../evaluate/ablations.ts";
import type { EvaluationReport } from "../evaluate/evaluate.ts";
import type { Mistake } from "../evaluate/mistakes.ts";
import type { PrecisionResult } from "../evaluate/precisions.ts";
import type { RatingsCurve } from "../evaluate/ratingsCurve.ts";
import type { LeftOutInput } from "../fit/columnsLeftOut.ts";
import type { LearningCurve } from "../folds/learningCurve.ts";
import type { CrossValidation } from "../folds/summary.ts";
import type { Chart } from "../targets/blocks.ts";
import type { TowerHistory } from "../train/trainTowers.ts";
import type { ParityReport } from "../verify/parity.ts";
import type { SweepComparison } from "./comparison.ts";

export interface RunRecord {
  /** Name of the bundle, the folder under `models/`. */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly durationSeconds: number;
  /** The command line that repeats the run, without folders of this machine; see `publishedCommand`. */
  readonly command: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** tfjs backend that trained the model, e.g. "wasm". */
  readonly backend: string;
  /** Versions by name of package or runtime. */
  readonly versions: Readonly<Record<string, string>>;
  readonly gitCommit?: string;
  readonly dataset: DatasetRecord;
  /** Facts about preprocessing in the order to show: vocabulary size, poster size, cache hits, ... */
  readonly preprocess: Readonly<Record<string, string | number>>;
  readonly model: ModelRecord;
  readonly graph: GraphRecord;
  readonly towers: readonly TowerHistory[];
  /** Those of the fold that measured every epoch on its held-out items; empty without folds. */
  readonly monitoredFold: readonly TowerHistory[];
  /** Inputs without information, whose towers were not trained. */
  readonly leftOut: readonly LeftOutInput[];
  /** How many of each text input's training texts are longer than what is read of them. */
  readonly cutTexts: readonly CutTexts[];
  readonly parity: ParityReport;
  readonly evaluation: EvaluationReport;
  /** One curve for each input with ratings. */
  readonly ratingsCurves: readonly RatingsCurve[];
  /** The items that the model gets most wrong, the worst first. */
  readonly mistakes: readonly Mistake[];
  /** The same towers fused in several ways, the graph's way first. */
  readonly fusions: readonly Ablation[];
  /** Options that sweeps have compared on folds. */
  readonly comparisons: readonly SweepComparison[];
  /** The graph in each precision, fp32 first. */
  readonly precisions: readonly PrecisionResult[];
  /** Present if the train split was cross-validated. */
  readonly crossValidation?: CrossValidation;
  /** Present if the folds were trained on shares of their items, too. */
  readonly learning?: LearningCurve;
}

export interface DatasetRecord {
  /** What is predicted from what: "Movie genres from title, poster and ratings". */
  readonly subject: string;
  readonly name: string;
  /** True for invented movies: the figures then say nothing about real ones. */
  readonly synthetic: boolean;
  /** SHA-256 (hex) of the tables' bytes. */
  readonly sha256: string;
  readonly trainMovies: number;
  /** Number of movies held out of the train split for early stopping and thresholds. */
  readonly validationMovies: number;
  readonly testMovies: number;
  /** The movies that metrics are computed on: the validation movies if there is no test split. */
  readonly evaluatedOn: "test" | "validation";
  readonly nouns: Nouns;
  /** What is predicted, as people know it. */
  readonly column: string;
  /** Whether its inputs are those of movies. */
  readonly isMovies: boolean;
  /** The groups of inputs. */
  readonly inputs: readonly string[];
  /** An option of `npm run predict` with a value of one of the inputs. */
  readonly example: string;
  /** Names of the outputs. */
  readonly labels: readonly string[];
  /** What is predicted, in the train split. */
  readonly distribution: { readonly chart: Chart; readonly caption: string };
  /** Inputs with ratings, and how many there are. */
  readonly rated: readonly RatedInput[];
  /** Number of items with an image; absent without such an input. */
  readonly posters?: number;
  /** Issues and notes in the order found, posters last; only each file's first ones. */
  readonly issues: readonly DataIssue[];
  /** Number of lines and files that could not be used, including those missing from `issues`. */
  readonly issueCount: number;
  /** Number of notes, including those missing from `issues`. */
  readonly noteCount: number;
}

export interface ModelRecord {
  readonly parameters: number;
  readonly layers: readonly LayerRecord[];
  /** The towers in the order of the gates, and what is not part of one as "fusion". */
  readonly parts: readonly ModelPart[];
  /** How the model works, one paragraph per item. */
  readonly description: readonly string[];
}

export interface ModelPart {
  readonly name: string;
  /** Names of its inputs in the data set; empty for the fusion. */
  readonly inputs: readonly string[];
  /** Parameters that training changes, and those that are pretrained, fitted before, or moments of features. */
  readonly trained: number;
  readonly fixed: number;
}

export interface LayerRecord {
  readonly name: string;
  readonly className: string;
  /** For example "[null, 96, 64, 16]"; null is the batch. */
  readonly outputShape: string;
  readonly parameters: number;
  /** Name of the model's part that it belongs to. */
  readonly part: string;
}

export interface TensorRecord {
  readonly name: string;
  /** ONNX element type, e.g. "float32". */
  readonly type: string;
  /** Sizes; dynamic ones have a name. */
  readonly shape: readonly (number | string)[];
}

export interface GraphRecord {
  readonly inputs: readonly TensorRecord[];
  readonly outputs: readonly TensorRecord[];
}
