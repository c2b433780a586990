/** Sequences: steps in order of time, each a list of numbers. */

import * as z from "zod";
import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";
import { isNoValue, toNumber } from "../values.ts";
import { COMMON, type CommonSpec, type InputType } from "./inputType.ts";

export interface SequenceSpec extends CommonSpec {
  readonly type: "sequence";
  /** Numbers of a step. */
  readonly features: number;
  /** Between numbers in text that is not JSON; undefined: there is none. */
  readonly separator?: string | undefined;
  /** Steps that the graph reads; those after them are cut off. */
  readonly maxSteps: number;
  /** Mean of each number over the steps that training saw: the graph gets standardised ones. */
  readonly mean: readonly number[];
  readonly std: readonly number[];
}

/** Standardised, float32 [steps * features], of at most `maxSteps` steps. */
export type SequenceFeatures = Float32Array;

const positive = z.int().positive();

/**
 * Graph inputs `NAME` float32 [n, maxSteps, features], zeros after the last step, and `NAME_mask` float32 [n, maxSteps], 1 for
 * each step.
 */
export const sequence = {
  spec: z
    .strictObject({
      type: z.literal("sequence"),
      ...COMMON,
      features: positive,
      separator: z.string().min(1).optional(),
      maxSteps: positive,
      mean: z.array(z.number()),
      std: z.array(z.number().positive()),
    })
    .superRefine((spec, context) => {
      for (const field of ["mean", "std"] as const) {
        if (spec[field].length === spec.features) continue;
        const message = `must have one number per feature, ${spec.features}`;
        context.addIssue({ code: "custom", message, path: [field] });
      }
    }),

  encoder: (name, spec) => (item) => {
    const steps = sequenceSteps(name, spec, item[name]);
    const kept = Math.min(steps.length, spec.maxSteps);
    const values = new Float32Array(kept * spec.features);
    for (let s = 0; s < kept; s++) {
      for (const [f, value] of steps[s]!.entries()) {
        const standardised = Math.fround((value - spec.mean[f]!) / spec.std[f]!);
        if (!Number.isFinite(standardised)) {
          throw new InputError(name, issueOf("stepTooLarge", { step: s + 1, value }));
        }
        values[s * spec.features + f] = standardised;
      }
    }
    return values;
  },

  absent: () => new Float32Array(0),

  isPresent: (values) => values.length > 0,

  tensorNames: (name) => [name, `${name}_mask`],

  collate(name, { features, maxSteps }, rows) {
    const data = new Float32Array(rows.length * maxSteps * features);
    const mask = new Float32Array(rows.length * maxSteps);
    for (const [i, row] of rows.entries()) {
      data.set(row, i * maxSteps * features);
      mask.fill(1, i * maxSteps, i * maxSteps + row.length / features);
    }
    return {
      [name]: { type: "float32", dims: [rows.length, maxSteps, features], data },
      [`${name}_mask`]: { type: "float32", dims: [rows.length, maxSteps], data: mask },
    };
  },

  summary: ({ mean: _mean, std: _std, ...rest }) => rest,
} satisfies InputType<SequenceSpec, SequenceFeatures>;

/** The numbers in text with a separator between them, as text. */
export function separatedNumbers(text: string, separator: string): string[] {
  return text.split(separator).filter((part) => part.trim() !== "");
}

/**
 * The steps of an input.
 *
 * @param raw A list of steps, each a list of `features` numbers; or one such list, which is one step. Where a step is one
 * number, a list of numbers is a list of steps, and a number is one. Numbers may be text. undefined: none.
 * @throws InputError naming the first step that is wrong.
 */
export function sequenceSteps(
  name: string,
  spec: Pick<SequenceSpec, "features" | "missing">,
  raw: unknown,
): readonly (readonly number[])[] {
  if (isNoValue(raw, spec)) return [];
  const { features } = spec;
  const list = typeof raw === "number" ? [raw] : raw;
  if (!Array.isArray(list)) throw new InputError(name, issueOf("notSteps"));
  const isFlat = list.length > 0 && !list.some(Array.isArray);
  const steps: unknown[] = !isFlat ? list : features === 1 ? list.map((value) => [value]) : [list];
  return steps.map((step, i) => {
    const numbers = stepOf(step, features);
    if (numbers) return numbers;
    const field = steps.length === 1 ? name : `${name}[${i}]`;
    throw new InputError(field, issueOf("notStep", { features }));
  });
}

/** @returns Undefined if it is none. */
function stepOf(step: unknown, features: number): readonly number[] | undefined {
  if (!Array.isArray(step) || step.length !== features) return undefined;
  if (step.every(Number.isFinite)) return step;
  const numbers = step.map((item) => toNumber(item));
  return numbers.some((value) => value === undefined) ? undefined : (numbers as number[]);
}
