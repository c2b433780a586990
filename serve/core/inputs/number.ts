/** Numbers in requests. */

import { z } from "zod";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { rangeInWords } from "../../../predictor/issues.ts";
import { checkNumber } from "../../../predictor/preprocess/number.ts";
import { refuseWith } from "./refuseWith.ts";
import type { ServedType } from "./servedType.ts";

/** Number() would take "0x10", "Infinity" and "", too. */
const DECIMAL = /^\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?\s*$/i;

export const number = {
  field: (name, spec) =>
    z
      .number()
      .superRefine(refuseWith(name, (value) => checkNumber(name, spec, value)))
      .meta({
        ...(spec.from ? { description: `also read from ${spec.from.input}` } : {}),
        override: {
          type: spec.whole ? "integer" : "number",
          ...(spec.min === undefined ? {} : { minimum: spec.min }),
          ...(spec.max === undefined ? {} : { maximum: spec.max }),
        },
      }),

  inForm: "json",

  // biome-ignore format: one line a kind
  datatypes: [
    "FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8",
  ],

  // Text that is not a number is passed on as text, so that the schema refuses it.
  fromCell: (_, cell) => (DECIMAL.test(cell) ? Number(cell) : cell),

  option({ whole, from, ...range }) {
    const elsewhere = from ? `; also read from ${from.input}` : "";
    const values = rangeInWords(range) || (whole ? "any whole number" : "any number");
    return (whole ? z.int() : z.number()).describe(`${values}${elsewhere}`);
  },

  fromOption: async (_, value) => value,

  isGiven: (value) => value !== undefined,

  example({ min, max, center = 0, whole }) {
    if (min !== undefined && max !== undefined) {
      // The nearest whole number to the middle is in the range, if any is.
      const middle = min / 2 + max / 2;
      return whole ? Math.round(middle) : middle;
    }
    const typical = Math.max(Math.min(center, max ?? center), min ?? Number.NEGATIVE_INFINITY);
    if (!whole) return typical;
    return max === undefined ? Math.ceil(typical) : Math.floor(typical);
  },
} satisfies ServedType<NumberSpec>;
