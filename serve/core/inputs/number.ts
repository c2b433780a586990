/** Numbers in requests. */

import * as z from "zod";
import { InputError } from "../../../predictor/errors.ts";
import { type NumberSpec, readNumber } from "../../../predictor/inputs/number.ts";
import { rangeInWords } from "../../../predictor/issues.ts";
import { toNumber } from "../../../predictor/values.ts";
import { refuseWith } from "./refuseWith.ts";
import { scalar } from "./scalar.ts";
import type { ServedType } from "./servedType.ts";

export const number = {
  field: (name, spec) =>
    scalar(spec.whole ? "a whole number" : "a number")
      .superRefine(refuseWith(name, (value) => readNumber(name, spec, value)))
      .meta({
        description: `a number, or text ${spec.pattern === undefined ? "that is one" : `in which ${spec.pattern} finds one`}${withComma(spec)}${spec.from ? `; also read from ${spec.from.input}` : ""}`,
        override: {
          type: [spec.whole ? "integer" : "number", "string", "boolean"],
          ...(spec.min === undefined ? {} : { minimum: spec.min }),
          ...(spec.max === undefined ? {} : { maximum: spec.max }),
        },
      }),

  inForm: "text",

  // biome-ignore format: one line a kind
  datatypes: [
    "FP64", "FP32", "INT64", "INT32", "INT16", "INT8", "UINT64", "UINT32", "UINT16", "UINT8",
  ],

  fromCell: (_, cell) => cell,

  // A pattern finds the year in 20120612, as in training.
  takesNumbers: ({ pattern }) => pattern === undefined,

  option({ whole, from, pattern, decimal, ...range }) {
    const elsewhere = from
      ? `; also read from ${from.input}`
      : pattern === undefined
        ? ""
        : `, or text in which ${pattern} finds it`;
    const values = rangeInWords(range) || (whole ? "any whole number" : "any number");
    // As text: what is no number is refused here as it is in a table.
    return z.string().describe(`${values}${elsewhere}${withComma({ decimal })}`);
  },

  async fromOption(name, value, spec) {
    // A number by itself is what the pattern would have found, as in JSON.
    const number =
      readNumber(name, spec, value) ?? readNumber(name, spec, toNumber(value, spec.decimal));
    if (number !== undefined) return number;
    throw new InputError(name, `"${value}" has no number that ${spec.pattern} finds`);
  },

  // Wrong ones are named by the field's schema.
  isGiven(value, spec) {
    try {
      return readNumber("", spec, value) !== undefined;
    } catch {
      return true;
    }
  },

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

function withComma({ decimal }: Pick<NumberSpec, "decimal">): string {
  return decimal === "," ? ", with a decimal comma (1.234,5)" : "";
}
