/** The messages between the converter page and its worker. */

import type { GraphTensor } from "../../pipeline/export/convert.ts";
import type { ConversionIssue } from "../../pipeline/export/errors.ts";
import type { Precision } from "../../pipeline/export/precision/precisions.ts";
import type { OutputComparison } from "../../pipeline/export/verify/measure.ts";

/** One of the files that the user chose. */
export interface ModelFile {
  /** With the folders above it, where a folder was chosen. */
  readonly path: string;
  readonly file: File;
}

/** A worker does one job. */
export interface ConvertJob {
  readonly files: readonly ModelFile[];
  readonly precision: Precision;
  /** Whether to run the original and the result on random inputs. */
  readonly compare: boolean;
}

/** A layer, or a node of a graph model. */
export interface LayerRow {
  /** The layer's name, after those of the models that contain it. */
  readonly path: string;
  readonly className: string;
}

export interface ConvertResult {
  readonly fileName: string;
  readonly onnx: Uint8Array<ArrayBuffer>;
  readonly precision: Precision;
  /** Milliseconds that the conversion took. */
  readonly milliseconds: number;
  /** Bytes of the weight files. */
  readonly weightBytes: number;
  readonly parameters: number;
  readonly inputs: readonly GraphTensor[];
  readonly outputs: readonly GraphTensor[];
  readonly layers: readonly LayerRow[];
  /** Whether `layers` are the nodes of a graph model. */
  readonly isGraphModel: boolean;
  /** How often each operator occurs, most frequent first. */
  readonly operators: readonly (readonly [name: string, count: number])[];
  readonly notes: readonly string[];
  /** Why it was not compared, where it was to be. */
  readonly notCompared?: string;
  /** Where it was asked for; every row is within the tolerance. */
  readonly comparison?: { readonly rows: readonly OutputComparison[]; readonly tolerance: number };
}

/** What is wrong with the choice of files; the page has the words. */
export type FileProblem =
  | { readonly kind: "noModel" }
  | { readonly kind: "severalModels"; readonly paths: readonly string[] }
  | { readonly kind: "notJson" | "notRead"; readonly path: string; readonly reason: string }
  /** @property of How many weight files the model has. */
  | {
      readonly kind: "missing";
      readonly shards: readonly string[];
      readonly of: number;
      readonly model: string;
    };

/** What the worker is doing. */
export type Step = "reading" | "converting" | "comparing";

export type ConvertMessage =
  | { readonly kind: "step"; readonly step: Step }
  | { readonly kind: "wrongFiles"; readonly problem: FileProblem }
  | { readonly kind: "done"; readonly result: ConvertResult }
  | {
      readonly kind: "failed";
      readonly problems: readonly ConversionIssue[];
      /** Where the comparison is what failed. */
      readonly comparison?: ConvertResult["comparison"];
    };
