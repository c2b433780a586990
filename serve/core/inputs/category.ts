/** Categories in requests. */

import { z } from "zod";
import { type CategorySpec, categoryValues } from "../../../predictor/inputs/category.ts";
import { refuseWith } from "./refuseWith.ts";
import type { ServedType } from "./servedType.ts";

/** Values named in a description. */
const NAMED = 5;

export const category = {
  field: (name, spec) =>
    z
      .union([value, z.array(value)], {
        error: "is neither a value (a text, a number, true or false) nor a list of values",
      })
      .superRefine(refuseWith(name, (given) => categoryValues(name, spec, given)))
      .meta({
        description: `${describe(spec)}; a value that the model does not know is accepted`,
        override: {
          anyOf: [
            { type: VALUE_TYPES },
            {
              type: "array",
              items: { type: VALUE_TYPES },
              ...(spec.maxValues === 1 ? { maxItems: 1 } : {}),
            },
          ],
        },
      }),

  inForm: "text",

  fromCell: (_, cell, spec) => splitCell(cell, spec),

  option: (spec) => z.string().min(1).describe(describe(spec)),

  fromOption: async (_, value, spec) => splitCell(value as string, spec),

  isGiven: (value) =>
    value !== undefined && [value].flat().some((each) => String(each).trim() !== ""),

  example({ values: [first = "any value", second], maxValues }) {
    return maxValues > 1 && second !== undefined ? [first, second] : first;
  },
} satisfies ServedType<CategorySpec>;

const value = z.union([z.string(), z.number(), z.boolean()]);
const VALUE_TYPES = ["string", "number", "boolean"];

function splitCell(cell: string, { separator }: CategorySpec): string | string[] {
  return separator === undefined ? cell : cell.split(separator);
}

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
