/** What a data set says of an input, before anything is fitted. */

import type { NumberSpec } from "../../predictor/inputs/number.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";

/** What is known of an input before anything is fitted. */
export type DeclaredInput =
  | Pick<TextSpec, "type" | "form" | "maxCharacters">
  | { readonly type: "image" }
  | { readonly type: "ratings" }
  | NumberSpec;

/** By name; their order is that of the towers. */
export type DeclaredInputs = Readonly<Record<string, DeclaredInput>>;
