/**
 * Numbers in the graph: standardised and clipped, a flag where there is one, and smooth steps, the piecewise linear encoding
 * of Gorishniy, Rubachev and Babenko 2022 ("On Embeddings for Numerical Features in Tabular Deep Learning"): a step grows
 * from 0 to 1 between two quantiles of the training values.
 *
 * Shapes: B batch, N numbers, S steps of each.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { typeOf } from "../../../predictor/inputs/types.ts";
import { connect } from "../../model/connect.ts";
import type { NumberBeside } from "../../model/number.ts";
import { graphInput } from "../../model/towerType.ts";
import type { Weights } from "../../model/weights.ts";
import type { NumberFit, NumberInput } from "./fit.ts";

/** The graph inputs of a number, and what its layers are made of. */
export function numberInputs(
  input: string,
  { spec, fit, years }: Pick<NumberInput, "spec" | "fit" | "years">,
): NumberBeside & { readonly inputs: readonly SymbolicTensor[] } {
  const inputs = typeOf(spec)
    .tensorNames(input, spec)
    .map((name) => graphInput(name, [1]));
  return { input, value: inputs[0]!, flag: inputs[1], fit, years, inputs };
}

/** Number of features of `fittedFeatures`, of each number. */
export function featureCount(fit: NumberFit): number {
  return 1 + stepsOf(fit);
}

export function stepsOf({ places }: Pick<NumberFit, "places">): number {
  return Math.max(0, places.length - 1);
}

/** Within float32: infinity less infinity would be no number. */
const MOST_BEFORE = 1e38;

export interface KnownNumbers {
  /** 0 where a number is unknown [B, N]. */
  readonly value: SymbolicTensor;
  /** 1 where it is known, else 0 [B, N]. */
  readonly known: SymbolicTensor;
}

export interface FittedFeatures {
  /** The numbers, clipped [B, N]. */
  readonly clipped: SymbolicTensor;
  /** The same, then the steps of the first, of the second and so on [B, N + N S]. */
  readonly encoded: SymbolicTensor;
}

/**
 * Features of numbers; zeros where they are unknown.
 *
 * @param prefix Of the layers' names.
 * @param fits Of each number, all with one clip and as many places.
 */
export function fittedFeatures(
  prefix: string,
  { value, known }: KnownNumbers,
  fits: readonly NumberFit[],
): FittedFeatures {
  const [first] = fits as [NumberFit];
  const { clip } = first;
  const shift = (name: string, offset: number, x: SymbolicTensor, scale = 1) =>
    connect(tf.layers.rescaling({ scale, offset, name: `${prefix}_${name}` }), x);
  const raised = shift("raised", clip, value);
  const capped = connect(tf.layers.reLU({ maxValue: 2 * clip, name: `${prefix}_capped` }), raised);
  const clipped = shift("clipped", -clip, capped);
  const steps = stepsOf(first);
  if (steps === 0) return { clipped, encoded: clipped };
  // Unknown numbers are moved so far before every step that rounding gives them none of it.
  const lowest = Math.min(...fits.map(({ places }) => places[0]!));
  const before = Math.min(MOST_BEFORE, 2 * Math.max(1, -lowest));
  const hidden = shift("places_hidden", -before, known, before);
  const placed = connect(tf.layers.add({ name: `${prefix}_placed` }), [value, hidden]);
  const numbers = fits.length;
  // A depthwise convolution over one pixel multiplies each number by weights of its own.
  const pixel = connect(
    tf.layers.reshape({ targetShape: [1, 1, numbers], name: `${prefix}_places_pixel` }),
    placed,
  );
  const distances = connect(
    tf.layers.depthwiseConv2d({
      kernelSize: 1,
      depthMultiplier: steps,
      trainable: false,
      name: `${prefix}_places`,
    }),
    pixel,
  );
  const rows = connect(
    tf.layers.reshape({ targetShape: [numbers * steps], name: `${prefix}_places_row` }),
    distances,
  );
  const reached = connect(tf.layers.reLU({ maxValue: 1, name: `${prefix}_steps` }), rows);
  const both = tf.layers.concatenate({ name: `${prefix}_encoded` });
  return { clipped, encoded: connect(both, [clipped, reached]) };
}

/** Weights of the steps, which are not learned. @param fits As of `fittedFeatures`. */
export function fittedWeights(prefix: string, fits: readonly NumberFit[]): Weights {
  if (fits.every((fit) => stepsOf(fit) === 0)) return new Map();
  const steps = fits.flatMap(({ places }) =>
    places.slice(1).map((end, i) => ({ start: places[i]!, width: end - places[i]! })),
  );
  return new Map([
    [`${prefix}_places/depthwise_kernel`, Float32Array.from(steps, ({ width }) => 1 / width)],
    [`${prefix}_places/bias`, Float32Array.from(steps, ({ start, width }) => -start / width)],
  ]);
}
