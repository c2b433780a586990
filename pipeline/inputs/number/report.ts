/** What reports say of numbers. */

import type { BesideInput } from "../../model/modelInputs.ts";
import type { InputFacts } from "../../report/inputReport.ts";
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
