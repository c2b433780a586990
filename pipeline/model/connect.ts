/** Connects layers in the functional API. */

import type * as tf from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";

/**
 * Applies a layer with a single output. `Layer.apply` also accepts and returns concrete tensors and lists, and its type does
 * not distinguish these uses.
 */
export function connect(
  layer: tf.layers.Layer,
  input: SymbolicTensor | SymbolicTensor[],
): SymbolicTensor {
  return layer.apply(input) as SymbolicTensor;
}
