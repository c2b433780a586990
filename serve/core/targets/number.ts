/** Numbers in answers. */

import * as z from "zod";
import type { ValueAnswer } from "../../../predictor/answerTypes.ts";
import type { NumberTargetSpec } from "../../../predictor/targets/number.ts";
import type { ServedTarget } from "./servedTarget.ts";

/** Digits in the terminal. */
const DIGITS = 6;

export const numberTarget = {
  subject: ({ name }) => name,

  answered: ({ name }) => `the predicted ${name}`,

  fields: ({ name, min, max }) => ({
    value: z.number().describe(`${name}; training saw ${min} to ${max}`),
  }),

  contribution: {
    contribution: z.number().describe("value from all inputs minus the value without this input"),
    without: z.number(),
    alone: z.number(),
  },

  listed: () => [],

  columns: () => ["value"],

  cells: (_, answer) => [(answer as ValueAnswer).value],

  outputs: () => [
    {
      name: "value",
      datatype: "FP32",
      width: 1,
      row: (answer) => [(answer as ValueAnswer).value],
    },
  ],

  print: ({ name }, answer) => [
    `${name}  ${Number((answer as ValueAnswer).value.toPrecision(DIGITS))}`,
    "",
  ],
} satisfies ServedTarget<NumberTargetSpec>;
