/** The table of the types of inputs: the only place that lists them. */

import * as z from "zod";
import { type CategorySpec, category } from "./category.ts";
import { type ImageSpec, image } from "./image.ts";
import type { InputType } from "./inputType.ts";
import { type NumberSpec, number } from "./number.ts";
import { type RatingsSpec, ratings } from "./ratings.ts";
import { type SequenceSpec, sequence } from "./sequence.ts";
import { type TextSpec, text } from "./text.ts";

const TYPES = { text, image, ratings, number, category, sequence };

export type InputSpec =
  | TextSpec
  | ImageSpec
  | RatingsSpec
  | NumberSpec
  | CategorySpec
  | SequenceSpec;
/** Declared inputs by name; their order is that of the graph's inputs and of the towers. */
export type InputSpecs = Readonly<Record<string, InputSpec>>;

/** Schema of an input's part of the manifest. */
export const inputSpec = z.discriminatedUnion("type", [
  text.spec,
  image.spec,
  ratings.spec,
  number.spec,
  category.spec,
  sequence.spec,
]);

/** The rules of an input's type. */
export function typeOf({ type }: InputSpec): InputType<InputSpec, unknown> {
  return TYPES[type] as unknown as InputType<InputSpec, unknown>;
}
