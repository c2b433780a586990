/** What data sets have of the types of inputs. This is the table of the types for this stage. */

import * as z from "zod";
import type { CommonSpec } from "../../predictor/inputs/inputType.ts";
import type { InputData } from "../dataset/inputData.ts";
import { category, type DeclaredCategory } from "./category/data.ts";
import { type DeclaredImage, image } from "./image/data.ts";
import { type DeclaredNumber, number } from "./number/data.ts";
import { type DeclaredRatings, ratings } from "./ratings/data.ts";
import { type DeclaredSequence, sequence } from "./sequence/data.ts";
import { type DeclaredText, text } from "./text/data.ts";

const TYPES = { text, image, ratings, number, category, sequence };

/** What is known of an input before anything is fitted. */
export type DeclaredInput = Pick<CommonSpec, "group" | "column" | "missing"> &
  (
    | DeclaredText
    | DeclaredImage
    | DeclaredRatings
    | DeclaredNumber
    | DeclaredCategory
    | DeclaredSequence
  );

/** By name; their order is that of the towers. */
export type DeclaredInputs = Readonly<Record<string, DeclaredInput>>;

/** Schema of an input in a description. */
export const inputSchema = z.discriminatedUnion("type", [
  text.schema,
  image.schema,
  ratings.schema,
  number.schema,
  category.schema,
  sequence.schema,
]);

/** Schemas by type, in the order in which errors list them. */
export const INPUT_SCHEMAS = Object.fromEntries(
  Object.entries(TYPES).map(([type, { schema }]) => [type, schema]),
) as unknown as Readonly<Record<keyof typeof TYPES, { readonly shape: object }>>;

type Input = z.output<typeof inputSchema>;

/** What the data set has to know of an input's type. */
export function inputDataOf({
  type,
}: {
  readonly type: Input["type"];
}): InputData<Input, DeclaredInput> {
  return TYPES[type] as unknown as InputData<Input, DeclaredInput>;
}
