/** What requests, files of items and commands have to know of a type of input. */

import type { z } from "zod";
import type { Limits } from "../route.ts";

/** @typeParam Spec The input's part of the manifest. */
export interface ServedType<Spec> {
  /** Schema of the field in JSON; the predictor checks the value again, with what training learned. */
  field(name: string, spec: Spec, limits: Limits): z.ZodType;
  /**
   * How a form has the input: as a text that stands for the value as a cell does, as JSON in a text, or as a file. A file is base64 in JSON, a file's name in batches
   * and on the command line, and is decoded in threads.
   */
  readonly inForm: "text" | "json" | "file";
  /** The field's value that a cell of a CSV file stands for. @throws InputError */
  fromCell(name: string, cell: string, spec: Spec): unknown;
  /** What a column or key of a file has, where that is not plain. */
  readonly inFiles?: string;
  /** Schema of the option on the command line, with its description. */
  option(spec: Spec): z.ZodType;
  /** The item's value that the option stands for. @throws InputError */
  fromOption(name: string, value: unknown, spec: Spec): Promise<unknown>;
  /** Whether a value says something: an item in which none does is refused. */
  isGiven(value: unknown): boolean;
  /** A value that the model accepts, for the documentation. */
  example(spec: Spec): unknown;
}
