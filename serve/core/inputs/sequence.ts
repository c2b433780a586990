/** Sequences in requests. */

import * as z from "zod";
import {
  type SequenceSpec,
  separatedNumbers,
  sequenceSteps,
} from "../../../predictor/inputs/sequence.ts";
import { toNumber } from "../../../predictor/values.ts";
import { nameOfType } from "../validation.ts";
import { parseCell } from "./parseCell.ts";
import { readInput } from "./readInput.ts";
import { refuseWith } from "./refuseWith.ts";
import type { ServedType } from "./servedType.ts";

export const sequence = {
  field: (name, spec) =>
    z
      .union([z.array(z.unknown()), z.number()], {
        error: ({ input }) => `is ${nameOfType(input)}, expected a list`,
      })
      .superRefine(refuseWith(name, (steps) => sequenceSteps(name, spec, steps)))
      .meta({
        description: describe(spec),
        override: {
          anyOf: [
            { type: "array", items: { anyOf: [NUMBER, stepSchema(spec)] } },
            ...(spec.features === 1 ? [{ type: "number" as const }] : []),
          ],
        },
      }),

  inForm: "json",

  fromCell: stepsOfText,

  option: (spec) =>
    z
      .string()
      .min(1)
      .describe(`${textForm(spec)}, or a file with it: ${describe(spec)}`),

  fromOption: async (name, value, spec) => {
    const text = value as string;
    const isText = text.trimStart().startsWith("[") || areNumbers(text, spec);
    const steps = stepsOfText(name, isText ? text : `${await readInput(name, text)}`, spec);
    sequenceSteps(name, spec, steps);
    return steps;
  },

  inFiles: "JSON",

  isGiven: () => true,

  example({ features, maxSteps, mean }) {
    const step = mean.map((value) => Number(value.toPrecision(3)));
    const steps = Array.from({ length: Math.min(2, maxSteps) }, () => step);
    return features === 1 ? steps.flat() : steps;
  },
} satisfies ServedType<SequenceSpec>;

/** What a cell of a table has, as training reads it. @throws InputError naming the input, unless it is JSON or separated. */
function stepsOfText(name: string, text: string, { separator }: SequenceSpec): unknown {
  const isJson = separator === undefined || text.trimStart().startsWith("[");
  return isJson ? parseCell(name, text) : separatedNumbers(text, separator);
}

/** Otherwise it is the name of a file. */
function areNumbers(text: string, { separator }: SequenceSpec): boolean {
  if (separator === undefined) return false;
  return separatedNumbers(text, separator).every((part) => toNumber(part) !== undefined);
}

function textForm({ separator }: SequenceSpec): string {
  return separator === undefined
    ? "JSON"
    : `JSON, or numbers with ${JSON.stringify(separator)} between them`;
}

function describe({ features, maxSteps }: SequenceSpec): string {
  const step = features === 1 ? "a number" : `a list of ${features} numbers`;
  const one = features === 1 ? "" : "; such a list alone is one step";
  return `steps in order of time, each ${step}${one}; those after the first ${maxSteps} do not count`;
}

/** Text that is a number counts as it does in a table. */
const NUMBER = { type: ["number", "string", "boolean"] as ("number" | "string" | "boolean")[] };

function stepSchema({ features }: SequenceSpec) {
  return {
    type: "array" as const,
    items: NUMBER,
    minItems: features,
    maxItems: features,
  };
}
