/** How good a model is by how many values of an input it is given. */

import * as z from "zod";
import { inputName, type Misfit } from "./inputs/inputType.ts";
import { type InputSpecs, typeOf } from "./inputs/types.ts";
import { groupOf, groupsOf } from "./item.ts";

/** The curve of an input that is a list, such as ratings. */
export interface Curve {
  /** Name of the input. */
  readonly input: string;
  /** Metric of the figures: the target's, as in the manifest's `metrics`. */
  readonly metric: string;
  /** Number of test items that every figure is over: all that have the input, and images if there are any. */
  readonly items: number;
  /** The most values of the input that were given of each item, drawn at random: ascending from 0, then null for all. */
  readonly counts: readonly (number | null)[];
  readonly subsets: readonly CurveSubset[];
}

export interface CurveSubset {
  /** The groups of inputs that were given, that of the list included. */
  readonly groups: readonly string[];
  /** The metric by count; null if no item has a value. */
  readonly values: readonly (number | null)[];
}

const count = z.int().nonnegative();

export const curves: z.ZodType<Curve[]> = z.array(
  z
    .strictObject({
      input: inputName,
      metric: z.string(),
      items: count,
      counts: z.array(count.nullable()).refine(isAscending, {
        error: "must ascend from 0, with null for all at the end",
      }),
      subsets: z.array(
        z.strictObject({
          groups: z.array(z.string()),
          values: z.array(z.number().nullable()),
        }),
      ),
    })
    .refine(({ counts, subsets }) => subsets.every((s) => s.values.length === counts.length), {
      error: "must have one value per count",
      path: ["subsets"],
    }),
);

function isAscending(counts: readonly (number | null)[]): boolean {
  const numbers = counts.slice(0, -1);
  return (
    counts.at(-1) === null &&
    numbers[0] === 0 &&
    numbers.every((value, i) => value !== null && (i === 0 || value > numbers[i - 1]!))
  );
}

/** What is wrong with curves beside the declared inputs. */
export function curveMisfits(curves: readonly Curve[], inputs: InputSpecs): Misfit[] {
  const groups = [...groupsOf(inputs).keys()];
  return curves.flatMap(({ input, subsets }, i) => {
    const spec = inputs[input];
    if (!spec || !typeOf(spec).isList) {
      return [{ path: [`${i}`, "input"], message: `names "${input}", which is not a list` }];
    }
    const own = groupOf(input, spec);
    return subsets
      .filter(
        (subset) =>
          !subset.groups.includes(own) || subset.groups.some((group) => !groups.includes(group)),
      )
      .map(({ groups }) => ({
        path: [`${i}`, "subsets"],
        message: `has "${groups.join(" + ")}"; must have groups of inputs, and "${own}" among them`,
      }));
  });
}
