/** Numbers in requests. */

import { z } from "zod";
import { InputError } from "../../../predictor/errors.ts";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { checkNumber } from "../../../predictor/preprocess/number.ts";
import type { ServedType } from "./servedType.ts";

export const number = {
  field: (name, spec) =>
    z
      .number()
      .superRefine((value, context) => {
        try {
          checkNumber(name, spec, value);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          context.addIssue({ code: "custom", message: error.detail });
        }
      })
      .meta({
        ...(spec.from ? { description: `also read from ${spec.from.input}` } : {}),
        override: {
          type: spec.whole ? "integer" : "number",
          minimum: spec.min,
          maximum: spec.max,
        },
      }),

  inForm: "json",

  // Text that is not a number is passed on as text, so that the schema refuses it.
  fromCell: (_, cell) => (Number.isNaN(Number(cell)) ? cell : Number(cell)),

  option({ min, max, whole, from }) {
    const elsewhere = from ? `; also read from ${from.input}` : "";
    return (whole ? z.int() : z.number()).describe(`from ${min} to ${max}${elsewhere}`);
  },

  fromOption: async (_, value) => value,

  isGiven: (value) => value !== undefined,

  example({ min, max, whole }) {
    // The nearest whole number to the middle is in the range, if any is.
    const middle = min / 2 + max / 2;
    return whole ? Math.round(middle) : middle;
  },
} satisfies ServedType<NumberSpec>;
