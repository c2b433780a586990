/** A layer put behind others in the functional API. */

import type * as tf from "@tensorflow/tfjs-layers";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";

/**
 * The layer's output, for layers with a single one. `Layer.apply` also takes and gives concrete tensors and lists, which its
 * type cannot tell apart from this use.
 */
export function connect(
  layer: tf.layers.Layer,
  input: SymbolicTensor | SymbolicTensor[],
): SymbolicTensor {
  return layer.apply(input) as SymbolicTensor;
}
