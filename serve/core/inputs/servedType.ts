/** What requests, files of items and commands have to know of a type of input. */

import type * as z from "zod";
import type { Limits } from "../route.ts";

/** The Open Inference Protocol's names of numbers. */
export type NumberDatatype = "FP64" | "FP32" | `INT${8 | 16 | 32 | 64}` | `UINT${8 | 16 | 32 | 64}`;

/** @typeParam Spec The input's part of the manifest. */
export interface ServedType<Spec> {
  /** Schema of the field in JSON; the predictor checks the value again, with what training learned. */
  field(name: string, spec: Spec, limits: Limits): z.ZodType;
  /**
   * How a form has the input: as a text that stands for the value as a cell does, as JSON in a text, or as a file. A
   * file is base64 in JSON, a file's name in batches and on the command line, and is decoded in threads.
   */
  readonly inForm: "text" | "json" | "file";
  /**
   * Datatypes of its tensor in the Open Inference Protocol, beside BYTES: an element of BYTES stands for the value as a form's
   * field does, or is the file. The first is what metadata names.
   */
  readonly datatypes?: readonly NumberDatatype[];
  /** The field's value that a cell of a CSV file stands for. @throws InputError */
  fromCell(name: string, cell: string, spec: Spec): unknown;
  /** Whether a number of JSON lines is the value itself, and not what its text stands for. */
  readonly takesNumbers?: (spec: Spec) => boolean;
  /** What a column or key of a file has, where that is not plain. */
  readonly inFiles?: string;
  /** Schema of the option on the command line, with its description. */
  option(spec: Spec): z.ZodType;
  /** The item's value that the option stands for. @throws InputError */
  fromOption(name: string, value: unknown, spec: Spec): Promise<unknown>;
  /** Whether a value, which is not missing, says something: an item in which none does is refused. */
  isGiven(value: unknown, spec: Spec): boolean;
  /** A value that the model accepts, for the documentation. */
  example(spec: Spec): unknown;
}
