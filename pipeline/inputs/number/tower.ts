/**
 * Numbers in the graph: standardised and clipped, a flag where there is one, and smooth steps, the piecewise linear encoding
 * of Gorishniy, Rubachev and Babenko 2022 ("On Embeddings for Numerical Features in Tabular Deep Learning"): a step grows
 * from 0 to 1 between two quantiles of the training values.
 *
 * Shapes: B batch, S steps, L labels.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { typeOf } from "../../../predictor/inputs/types.ts";
import { connect } from "../../model/connect.ts";
import { isKnown, type NumberBeside } from "../../model/number.ts";
import { graphInput } from "../../model/towerType.ts";
import type { Weights } from "../../model/weights.ts";
import type { ColumnTower } from "../table/column.ts";
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

/** Number of features of `fittedFeatures`. */
export function featureCount({ places }: NumberFit): number {
  return 1 + Math.max(0, places.length - 1);
}

/** The clipped number and its steps, zeros where it is unknown [B, 1 + S]. */
export function fittedFeatures(
  { input, value }: NumberBeside,
  known: SymbolicTensor,
  { clip, places }: NumberFit,
): SymbolicTensor {
  const shift = (name: string, offset: number, x: SymbolicTensor) =>
    connect(tf.layers.rescaling({ scale: 1, offset, name: `${input}_${name}` }), x);
  const raised = shift("raised", clip, value);
  const capped = connect(tf.layers.reLU({ maxValue: 2 * clip, name: `${input}_capped` }), raised);
  const clipped = shift("clipped", -clip, capped);
  const steps = places.length - 1;
  const encoded =
    steps < 1
      ? clipped
      : connect(tf.layers.concatenate({ name: `${input}_encoded` }), [
          clipped,
          connect(
            tf.layers.reLU({ maxValue: 1, name: `${input}_steps` }),
            connect(
              tf.layers.dense({ units: steps, trainable: false, name: `${input}_places` }),
              value,
            ),
          ),
        ]);
  return connect(tf.layers.multiply({ name: `${input}_features` }), [encoded, known]);
}

/** Weights of the steps, which are not learned. */
export function fittedWeights(input: string, { places }: NumberFit): Weights {
  if (places.length < 2) return new Map();
  const widths = places.slice(1).map((end, i) => end - places[i]!);
  return new Map([
    [`${input}_places/kernel`, Float32Array.from(widths, (width) => 1 / width)],
    [`${input}_places/bias`, Float32Array.from(widths, (width, i) => -places[i]! / width)],
  ]);
}

/** Fit of a number inside a text of the data set, beside no other input: its own range, without fitted places. */
const UNFITTED: NumberFit = { clip: 4, places: [] };

export const number: ColumnTower<NumberInput> = {
  column(name, input, { labels }) {
    const beside = numberInputs(name, input);
    const known = isKnown(beside);
    const features = fittedFeatures(beside, known, input.fit ?? UNFITTED);
    const linear = connect(
      tf.layers.dense({ units: labels, useBias: false, name: `${name}_linear` }),
      features,
    );
    // The flag tells a missing number from one in the middle.
    const seen = connect(tf.layers.concatenate({ name: `${name}_column` }), [features, known]);
    return { inputs: beside.inputs, presence: known, features: seen, linear };
  },
  given: (name, { fit }) => (fit ? fittedWeights(name, fit) : new Map()),
};
