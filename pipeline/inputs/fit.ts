/** What is fitted to the training movies for every declared input. This is the table of the types for this stage. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import type { InputFit } from "../fit/inputFit.ts";
import { type CategoryInput, category } from "./category/fit.ts";
import type { DeclaredInput } from "./data.ts";
import { type FittedImage, image } from "./image/fit.ts";
import { type NumberInput, number } from "./number/fit.ts";
import { type RatingsInput, ratings } from "./ratings/fit.ts";
import { type SequenceInput, sequence } from "./sequence/fit.ts";
import { type TextInput, text } from "./text/fit.ts";

const TYPES = { text, image, ratings, number, category, sequence };

export type FittedInput =
  | TextInput
  | FittedImage
  | RatingsInput
  | NumberInput
  | CategoryInput
  | SequenceInput;
/** By name; their order is that of the graph's inputs and of the towers. */
export type FittedInputs = Readonly<Record<string, FittedInput>>;

export function specsOf(inputs: FittedInputs): InputSpecs {
  return Object.fromEntries(Object.entries(inputs).map(([name, { spec }]) => [name, spec]));
}

/** How inputs of a type are fitted. */
export function inputFitOf({
  type,
}: {
  readonly type: DeclaredInput["type"];
}): InputFit<DeclaredInput, FittedInput> {
  return TYPES[type] as unknown as InputFit<DeclaredInput, FittedInput>;
}
