/** A number that shares the tower of another input: its features, and their weights. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { BesideInput } from "../../model/modelInputs.ts";
import {
  bumpsOver,
  type NumberBeside,
  numberBumps,
  numberBumpWeights,
  numberSteps,
  numberStepWeights,
} from "../../model/number.ts";
import type { Weights } from "../../model/weights.ts";
import { featureCount, fittedFeatures, fittedWeights } from "./tower.ts";

/** Smooth functions of the number for a tower trained in epochs; those of a release year are learned. */
export function besideSteps(number: NumberBeside, known: SymbolicTensor): SymbolicTensor {
  return fittedBeside(number, known) ?? numberSteps(number, known);
}

/** The same for a linear tower, in which none is learned. */
export function besideBumps(number: NumberBeside, known: SymbolicTensor): SymbolicTensor {
  return fittedBeside(number, known) ?? numberBumps(number, known);
}

function fittedBeside(
  { input, value, fit }: NumberBeside,
  known: SymbolicTensor,
): SymbolicTensor | undefined {
  return fit && fittedFeatures(input, { value, known }, [fit]).encoded;
}

/** Number of features of `besideBumps`. */
export function bumpCount({ main: { fit, years } }: BesideInput): number {
  return fit ? featureCount(fit) : bumpsOver(years);
}

/** Weights that are not learned. @param linear Whether the tower is linear. */
export function givenNumberWeights(
  { name, main: { fit, years } }: BesideInput,
  linear: boolean,
): Weights {
  if (fit) return fittedWeights(name, [fit]);
  return linear ? numberBumpWeights(name, years) : new Map();
}

/** Initial values of weights that are trained. */
export function initialNumberWeights({ name, main: { fit } }: BesideInput): Weights {
  return fit ? new Map() : numberStepWeights(name);
}
