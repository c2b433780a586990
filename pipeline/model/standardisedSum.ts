/**
 * Sum of the rows of a table, each times a weight, then standardised: what the graph computes from users' indices, as a layer
 * that trains the table.
 *
 * Shapes: B batch, N rows, D dimensions.
 */

import * as tfc from "@tensorflow/tfjs-core";
import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";

export interface StandardisedSumOptions {
  readonly name: string;
  /** Number of the table's rows. */
  readonly rows: number;
  /** Of the sum, subtracted from it [D]. */
  readonly mean: Float32Array;
  /** What the difference is divided by [D]. */
  readonly std: Float32Array;
}

class StandardisedSum extends tf.layers.Layer {
  static readonly className = "StandardisedSum";
  readonly #options: StandardisedSumOptions;
  #table: ReturnType<tf.layers.Layer["addWeight"]> | undefined;

  constructor(options: StandardisedSumOptions) {
    super({ name: options.name });
    this.#options = options;
  }

  override build(): void {
    const { rows, mean } = this.#options;
    const zeros = tf.initializers.zeros();
    // As the graph's layer of users' vectors, which gets the trained table, calls it.
    this.#table = this.addWeight("embeddings", [rows, mean.length], "float32", zeros);
    this.built = true;
  }

  override computeOutputShape(): (number | null)[] {
    return [null, this.#options.mean.length];
  }

  override call(inputs: tfc.Tensor | tfc.Tensor[]): tfc.Tensor {
    const { mean, std } = this.#options;
    return tfc.tidy(() => {
      const [weights] = [inputs].flat() as [tfc.Tensor2D];
      const sums = tfc.matMul(weights, this.#table!.read() as tfc.Tensor2D);
      return tfc.div(tfc.sub(sums, mean), std);
    });
  }
}

/** @param weights Of each row in the sum [B, N]. @returns [B, D]; the table is the trainable weight `NAME/embeddings`. */
export function standardisedSum(
  weights: SymbolicTensor,
  options: StandardisedSumOptions,
): SymbolicTensor {
  return connect(new StandardisedSum(options), weights);
}
