/** What requests, files of answers and commands have to know of a type of target. */

import type * as z from "zod";
import type { Answer } from "../../../predictor/answerTypes.ts";
import type { Nouns } from "../../../predictor/nouns.ts";
import type { Thresholds } from "../../../predictor/targets/decide.ts";

/** A label as GET /v1/labels lists it. */
export interface ListedLabel {
  readonly label: string;
  /** From which it is selected, where no threshold of a subset counts. */
  readonly threshold?: number;
}

/** How an answer is printed. */
export interface PrintOptions {
  readonly nouns: Nouns;
  readonly allowEmpty: boolean;
}

/** An output of the Open Inference Protocol's view of items: a row for each answer. */
export interface OutputColumn {
  readonly name: string;
  readonly datatype: "FP32" | "BYTES";
  /** Values in a row; -1 where their number varies: rows are filled up with empty texts then. */
  readonly width: number;
  row(answer: Answer): readonly (number | string)[];
}

/** @typeParam Spec The manifest's `target`. */
export interface ServedTarget<Spec> {
  /** What is predicted of items, in texts: "genres". */
  subject(spec: Spec, nouns: Nouns): string;
  /** What an answer has, in a few words. */
  answered(spec: Spec, nouns: Nouns): string;
  /** Schemas of an answer's fields. */
  fields(spec: Spec, nouns: Nouns): z.ZodRawShape;
  /** Schemas of what a group of inputs changed. */
  contribution: z.ZodRawShape;
  /** Labels or classes, in order; none of a target without. */
  listed(spec: Spec): readonly ListedLabel[];
  /** Thresholds of all labels for items that have exactly these groups of inputs. */
  readonly subsets?: (spec: Spec) => Thresholds["subsets"];
  /** Columns of a CSV file of answers. */
  columns(spec: Spec): readonly string[];
  /** An answer's cells, in the order of `columns`; it must have all scores. */
  cells(spec: Spec, answer: Answer): readonly (string | number)[];
  /** Outputs of the Open Inference Protocol, of answers with at most `topK` scores. */
  outputs(spec: Spec, topK?: number): readonly OutputColumn[];
  /** Lines for the terminal. */
  print(spec: Spec, answer: Answer, options: PrintOptions): readonly string[];
}
