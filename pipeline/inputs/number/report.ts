/** What reports say of numbers. */

import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { numberText } from "../../../predictor/values.ts";
import type { BesideInput } from "../../model/modelInputs.ts";
import type { InputFacts, PredictExample } from "../../report/inputReport.ts";
import type { NumberInput } from "./fit.ts";

export const numberFacts: InputFacts<NumberInput> = ({ spec, fit }, name) =>
  fit
    ? {
        [`Centre, scale of ${name}`]: `${short(spec.center ?? 0)}, ${short(spec.scale ?? 1)}`,
        [`Smooth steps of ${name}`]: Math.max(0, fit.places.length - 1),
      }
    : {};

function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** A number beside another input, in a linear tower and in one that is trained. */
export function describeBeside({ name, main: { fit } }: BesideInput): {
  fixed: string;
  learned: string;
} {
  const named = name === "year" ? "release year" : name;
  const steps = `smooth steps over the ${named}`;
  return fit
    ? { fixed: steps, learned: steps }
    : { fixed: `bump functions of the ${named}`, learned: steps };
}

export const numberExample: PredictExample<NumberSpec> = {
  value({ whole, decimal, ...spec }) {
    const middle = Number(middleOf(spec).toPrecision(3));
    const { min = middle, max = middle } = spec;
    // The nearest whole number to the middle is in the range, if any is.
    const near = Math.min(max, Math.max(min, middle));
    return numberText(whole ? Math.round(near) : near, decimal);
  },
};

/** What training saw in the middle, or the middle of the range. */
function middleOf({ min, max, center }: Pick<NumberSpec, "min" | "max" | "center">): number {
  if (center !== undefined) return center;
  if (min === undefined || max === undefined) return min ?? max ?? 0;
  return min / 2 + max / 2;
}
