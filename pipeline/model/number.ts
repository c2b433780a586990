/**
 * A number beside a text: smooth functions of it, all zero where it is unknown.
 *
 * Shapes: B batch.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { BUMP_INTERVAL, FILM_YEARS, type NumberFit, type YearRange } from "../inputs/number/fit.ts";
import { connect } from "./connect.ts";

/** A number's part of a tower. */
export interface NumberBeside {
  /** Name of the input; prefix of the layers' names. */
  readonly input: string;
  /** float32 [B, 1], 0 if unknown */
  readonly value: SymbolicTensor;
  /** 1 where the number is known [B, 1]; undefined where no number is 0 or less. */
  readonly flag?: SymbolicTensor | undefined;
  /** What was fitted to its values; undefined for release years. */
  readonly fit?: NumberFit | undefined;
  /** Where the bumps over release years are; default: `FILM_YEARS`. */
  readonly years?: YearRange | undefined;
}

/** Sigmoid steps over the number. */
const STEPS = 16;
/** Units per unit of the steps' input; most release years are then within -2..2. */
const SPREAD = 20;
/** Roughly the middle of the release years in MovieLens. */
const CENTRE = 1980;
/** Distance from a bump's centre to where it has fallen to 0.42. */
const BUMP_WIDTH = 6;

/** 1 where the number is known [B, 1]. */
export function isKnown({ input, value, flag }: NumberBeside): SymbolicTensor {
  return flag ?? connect(tf.layers.reLU({ maxValue: 1, name: `${input}_known` }), value);
}

/** Distance from the centre [B, 1]. It must be the first operation on the number: others are not exact in half precision. */
function centred({ input, value }: NumberBeside): SymbolicTensor {
  return connect(
    tf.layers.rescaling({ scale: 1, offset: -CENTRE, name: `${input}_centred` }),
    value,
  );
}

/** Smooth steps at learned places [B, STEPS]. */
export function numberSteps(number: NumberBeside, known: SymbolicTensor): SymbolicTensor {
  const { input } = number;
  const steps = connect(
    tf.layers.dense({ units: STEPS, activation: "tanh", name: `${input}_steps` }),
    centred(number),
  );
  return connect(tf.layers.multiply({ name: `${input}_features` }), [steps, known]);
}

/** Initial weights of the steps tanh(steepness * (x - threshold)), with thresholds evenly spaced from 1920 to 2004. */
export function numberStepWeights(input: string): Map<string, Float32Array> {
  const steepness = 4;
  // In units of SPREAD from the centre.
  const threshold = (i: number) => -3 + (4.2 * i) / (STEPS - 1);
  return new Map([
    [`${input}_steps/kernel`, new Float32Array(STEPS).fill(steepness / SPREAD)],
    [
      `${input}_steps/bias`,
      Float32Array.from({ length: STEPS }, (_, i) => -steepness * threshold(i)),
    ],
  ]);
}

/** Number of bump functions. */
export function bumpsOver({ first, last }: YearRange = FILM_YEARS): number {
  return (last - first) / BUMP_INTERVAL + 1;
}

/** 1 - tanh(distance)^2 around every fifth unit [B, bumps]. */
export function numberBumps(number: NumberBeside, known: SymbolicTensor): SymbolicTensor {
  const { input } = number;
  const distances = connect(
    tf.layers.dense({
      units: bumpsOver(number.years),
      activation: "tanh",
      trainable: false,
      name: `${input}_distances`,
    }),
    centred(number),
  );
  const squares = connect(tf.layers.multiply({ name: `${input}_squares` }), [distances, distances]);
  const bumps = connect(
    tf.layers.rescaling({ scale: -1, offset: 1, name: `${input}_bumps` }),
    squares,
  );
  return connect(tf.layers.multiply({ name: `${input}_features` }), [bumps, known]);
}

/** Weights of the bumps, which are not learned. */
export function numberBumpWeights(
  input: string,
  years: YearRange = FILM_YEARS,
): Map<string, Float32Array> {
  const bumps = bumpsOver(years);
  return new Map([
    [`${input}_distances/kernel`, new Float32Array(bumps).fill(1 / BUMP_WIDTH)],
    [
      `${input}_distances/bias`,
      Float32Array.from(
        { length: bumps },
        (_, i) => (CENTRE - years.first - BUMP_INTERVAL * i) / BUMP_WIDTH,
      ),
    ],
  ]);
}
