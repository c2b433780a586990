/** What a run leaves behind to be reported: plain JSON, filled stage by stage, read by the renderers. */
import type { DataIssue } from "../dataset/dataset.ts";
import type { Ablation } from "../evaluate/ablations.ts";
import type { EvaluationReport } from "../evaluate/evaluate.ts";
import type { PrecisionResult } from "../evaluate/precisions.ts";
import type { RatingsCurvePoint } from "../evaluate/ratingsCurve.ts";
import type { CrossValidation } from "../folds/summary.ts";
import type { TowerHistory } from "../train/trainTowers.ts";
import type { ParityReport } from "../verify/parity.ts";
import type { SweepComparison } from "./comparison.ts";

export interface RunRecord {
  /** Name of the bundle, the folder under `models/`. */
  readonly name: string;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  readonly durationSeconds: number;
  /** The command line that repeats the run. */
  readonly command: string;
  readonly seed: number;
  readonly config: Readonly<Record<string, unknown>>;
  /** tfjs backend that trained the model, e.g. "wasm". */
  readonly backend: string;
  /** Package or runtime name to version. */
  readonly versions: Readonly<Record<string, string>>;
  readonly gitCommit?: string;
  readonly dataset: DatasetRecord;
  /** Facts of preprocessing in the order to show: vocabulary size, poster size, cache hits, ... */
  readonly preprocess: Readonly<Record<string, string | number>>;
  readonly model: ModelRecord;
  readonly graph: GraphRecord;
  /** How each tower's training went. */
  readonly towers: readonly TowerHistory[];
  readonly parity: ParityReport;
  readonly evaluation: EvaluationReport;
  /** By number of ratings shown, fewest first; empty where no movie is rated. */
  readonly ratingsCurve: readonly RatingsCurvePoint[];
  /** The same towers fused in other ways; the way of the graph first. */
  readonly fusions: readonly Ablation[];
  /** Options that sweeps have compared on folds. */
  readonly comparisons: readonly SweepComparison[];
  /** The graph in each precision, fp32 first. */
  readonly precisions: readonly PrecisionResult[];
  /** Where the train split was cross-validated. */
  readonly crossValidation?: CrossValidation;
}

export interface DatasetRecord {
  readonly name: string;
  /** Invented movies: the figures say nothing about real ones. */
  readonly synthetic: boolean;
  /** Of the tables' bytes, hex. */
  readonly sha256: string;
  readonly trainMovies: number;
  /** Taken from the train split, for early stopping and thresholds. */
  readonly validationMovies: number;
  readonly testMovies: number;
  /** What the figures are measured on: the validation movies where there is no test split. */
  readonly evaluatedOn: "test" | "validation";
  readonly labels: readonly string[];
  /** Movies of the train split that have each label, in the order of `labels`. */
  readonly labelCounts: readonly number[];
  readonly users: number;
  readonly ratings: number;
  readonly posters: number;
  /** Issues and notes in the order found, posters last; of each file the first only. */
  readonly issues: readonly DataIssue[];
  /** Lines and files that could not be used, those missing from `issues` too. */
  readonly issueCount: number;
  /** Things to know that cost no line or file, likewise. */
  readonly noteCount: number;
}

export interface ModelRecord {
  readonly parameters: number;
  readonly layers: readonly LayerRecord[];
  /** How the model works, a sentence or two per line. */
  readonly description: readonly string[];
}

export interface LayerRecord {
  readonly name: string;
  readonly className: string;
  /** For movie "[null, 96, 64, 16]"; null is the batch. */
  readonly outputShape: string;
  readonly parameters: number;
}

export interface TensorRecord {
  readonly name: string;
  /** ONNX element type, e.g. "float32". */
  readonly type: string;
  /** Sizes; a name stands for a dynamic one. */
  readonly shape: readonly (number | string)[];
}

export interface GraphRecord {
  readonly inputs: readonly TensorRecord[];
  readonly outputs: readonly TensorRecord[];
}
