/** What the converter page and its worker say to each other. */

import type { GraphTensor } from "../../pipeline/export/convert.ts";
import type { ConversionIssue } from "../../pipeline/export/errors.ts";
import type { OutputComparison } from "../../pipeline/export/verify/measure.ts";

export type Precision = "fp32" | "fp16" | "q8";

/** A file as the user gave it. */
export interface GivenFile {
  /** With the folders above it, where a folder was given. */
  readonly path: string;
  readonly file: File;
}

/** A worker does one job. */
export interface Job {
  readonly files: readonly GivenFile[];
  readonly precision: Precision;
  /** Whether to run the original and the result on random inputs. */
  readonly compare: boolean;
}

export interface LayerRow {
  /** The layer's name, with those of the models around it. */
  readonly path: string;
  readonly className: string;
}

export interface Result {
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
  /** How often each operator occurs, most frequent first. */
  readonly operators: readonly (readonly [name: string, count: number])[];
  readonly notes: readonly string[];
  /** Where it was asked for; all of it is within the tolerance. */
  readonly comparison?: { readonly rows: readonly OutputComparison[]; readonly tolerance: number };
}

export type Message =
  | { readonly kind: "step"; readonly text: string }
  | { readonly kind: "done"; readonly result: Result }
  | {
      readonly kind: "failed";
      readonly problems: readonly ConversionIssue[];
      /** What was measured, if that is what failed. */
      readonly comparison?: Result["comparison"];
    };
