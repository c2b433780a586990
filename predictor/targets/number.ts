/** A number of an item. */

import * as z from "zod";
import type { NumberAnswer } from "../answerTypes.ts";
import type { TargetType } from "./targetType.ts";

export interface NumberTargetSpec {
  readonly type: "number";
  /** What is predicted, as people know it: the column's name. */
  readonly name: string;
  /** Least of the values that training saw; an answer may lie outside. */
  readonly min: number;
  readonly max: number;
  /** Whether its sign and its nearest whole number are scored, too. */
  readonly bins?: boolean | undefined;
}

/** Graph output `value` float32 [n, 1]. */
export const numberTarget = {
  spec: z
    .strictObject({
      type: z.literal("number"),
      name: z.string().min(1),
      min: z.number(),
      max: z.number(),
      bins: z.boolean().optional(),
    })
    .refine(({ min, max }) => min <= max, { error: "must not be more than max", path: ["min"] }),

  output: "value",

  names: ({ name }) => [name],

  outcome: (_, row) => ({ scores: [], value: row[0]! }),

  score: ({ value }) => value!,

  options: [],

  answer: (_, { value }) => ({ value: value! }),

  contribution(answer, without, alone) {
    const { value } = answer as NumberAnswer;
    return { contribution: value - without.value!, without: without.value!, alone: alone.value! };
  },
} satisfies TargetType<NumberTargetSpec>;
