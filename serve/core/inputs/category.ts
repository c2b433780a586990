/** Categories in requests. */

import * as z from "zod";
import {
  type CategorySpec,
  categoryValues,
  mostEntries,
  partsOf,
} from "../../../predictor/inputs/category.ts";
import { missingTexts, toList } from "../../../predictor/values.ts";
import { list } from "../list.ts";
import { refuseWith } from "./refuseWith.ts";
import { SCALAR_TYPES } from "./scalar.ts";
import type { ServedType } from "./servedType.ts";

/** Values named in a description. */
const NAMED = 5;

export const category = {
  field: (name, spec) =>
    z
      .union([value, list(value, { max: mostEntries(spec) })], {
        error: ({ input }) =>
          Array.isArray(input) && input.length > mostEntries(spec)
            ? `has more than ${mostEntries(spec)} values`
            : "is neither a value (a text, a number, true or false) nor a list of values",
      })
      .superRefine(refuseWith(name, (given) => categoryValues(name, spec, given)))
      .meta({
        description: `${describe(spec)}; values that the model does not know are accepted`,
        override: {
          anyOf: [
            { type: [...SCALAR_TYPES] },
            {
              type: "array",
              items: { type: [...SCALAR_TYPES, "null"] },
              ...(spec.maxValues === 1 ? { maxItems: 1 } : {}),
            },
          ],
        },
      }),

  inForm: "text",

  fromCell: (_, cell, spec) => partsOf(cell, spec),

  option: (spec) => z.string().min(1).describe(describe(spec)),

  fromOption: async (_, value, spec) => partsOf(value, spec),

  isGiven: (value, spec) => toList(value, undefined, missingTexts(spec)).length > 0,

  example({ values: [first = "any value", second], maxValues }) {
    return maxValues > 1 && second !== undefined ? [first, second] : first;
  },
} satisfies ServedType<CategorySpec>;

const value = z.union([z.string(), z.number(), z.boolean()]).nullable();

/** For example: a value such as a, b; up to 3, with | between them. */
function describe({ values, maxValues, separator }: CategorySpec): string {
  const known = values.slice(0, NAMED).join(", ");
  const others = values.length > NAMED ? ", ..." : "";
  const between = separator === undefined ? "" : `, with ${separator} between them in texts`;
  return [
    `a value${known && ` such as ${known}${others}`}`,
    ...(maxValues > 1 ? [`up to ${maxValues}${between}`] : []),
  ].join("; ");
}
