/** What the predictor has to know of a type of input: a new type is one file of this form, and a line in types.ts. */

import * as z from "zod";
import type { Tensor } from "../tensor.ts";

/** What a prediction is about, a movie for instance: values by the names of the declared inputs. Any may be absent. */
export type Item = Readonly<Record<string, unknown>>;

/** Names become those of tensors, of form fields and of options. */
export const inputName = z
  .string()
  .regex(/^[A-Za-z]\w*$/, "must be a name: a letter, then letters, digits or _")
  // No record is without them: an item would have such an input whether it is given or not.
  .refine((name) => !(name in {}), "must not be a name that every object of JavaScript has");

/** What every input's part of the manifest has. */
export interface CommonSpec {
  /** Inputs of one group share a tower, and are left out together; default: the input's own name. */
  readonly group?: string | undefined;
  /** Column of the training table, where the input has another name. */
  readonly column?: string | undefined;
  /** Texts that mean "no value", as in the data that the model was trained on; default: none but blank ones. */
  readonly missing?: readonly string[] | undefined;
  /** Nothing was learned from it: values are checked, and read as if there were none. */
  readonly ignored?: true | undefined;
}

/** Schema of what every input's part of the manifest has. */
export const COMMON = {
  group: inputName.optional(),
  column: z.string().min(1).optional(),
  missing: z.array(z.string().min(1)).optional(),
  ignored: z.literal(true).optional(),
};

/** The types of all declared inputs, by the inputs' names. */
export type TypesByName = Readonly<Record<string, { readonly type: string }>>;

/** Contents of some of a bundle's files, by their names. */
export type FileTexts = Readonly<Record<string, string>>;

export interface Misfit {
  /** Path of the field in the spec. */
  readonly path: readonly string[];
  readonly message: string;
}

/**
 * @typeParam Spec What training learned about the input; its part of the manifest.
 * @typeParam Features The input of one item as numbers.
 */
export interface InputType<Spec extends CommonSpec, Features> {
  /** Schema of the spec. */
  readonly spec: z.ZodType<Spec>;
  /** What is wrong with a spec beside those of the other inputs. */
  readonly misfits?: (spec: Spec, inputs: TypesByName) => readonly Misfit[];
  /** Names of the bundle's files that reading the input needs; default: none. */
  readonly files?: (spec: Spec) => readonly string[];
  /** Makes of these files what `encoder` needs of them. @throws Error naming the file that cannot be used. */
  readonly open?: (spec: Spec, files: FileTexts) => Promise<unknown>;
  /**
   * Makes the function that reads the input of an item.
   *
   * The function gives `absent` for an item without the input, and throws InputError naming the field that is wrong.
   *
   * @param opened Of `open`, for types that have it.
   */
  encoder(name: string, spec: Spec, opened?: unknown): (item: Item) => Features;
  /** Features of an item without the input. */
  absent(spec: Spec): Features;
  isPresent(features: Features): boolean;
  /** Share of the values of an item with the input that training did not see, 0..1; for types that can tell. */
  readonly unknownShare?: (features: Features, spec: Spec) => number;
  /**
   * The values that training did not see, for answers to name them: of types whose unknown values all count as the same
   * one. Not of texts, whose unknown words are read by their letters, nor of ratings, whose unknown users are described
   * by the groups that they belong to.
   */
  readonly unknownValues?: (features: Features) => readonly string[];
  /** Names of the graph inputs that `collate` fills. */
  tensorNames(name: string, spec: Spec): readonly string[];
  /** Stacks the features of a batch of items, at least one. */
  collate(name: string, spec: Spec, rows: readonly Features[]): Readonly<Record<string, Tensor>>;
  /** Values of an item where their number varies: a batch is padded to its most. */
  readonly length?: (features: Features) => number;
  /** Whether an item has a list of values that users give one by one, so that a manifest may have curves over them. */
  readonly isList?: true;
  /** Rows of the tables that graph inputs point into: an int32 beyond them would be an error in the runtime. */
  readonly tableRows?: (name: string, spec: Spec) => Readonly<Record<string, number>>;
  /** The spec for people: long lists as their lengths. */
  readonly summary?: (spec: Spec) => Readonly<Record<string, unknown>>;
  /**
   * Where the graph attends over parts of the input, output `NAME_attention` of shape `[items, size]`: the parts of an
   * item, as text.
   */
  readonly attention?: {
    size(spec: Spec): number;
    parts(features: Features): readonly string[];
  };
}
