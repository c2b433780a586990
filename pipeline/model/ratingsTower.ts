/**
 * Ratings tower: networks of one hidden layer on pooled user vectors, whose logits are averaged (Lakshminarayanan, Pritzel,
 * Blundell 2017), and beside them a linear model of who rated.
 *
 * Shapes: B batch, D dimensions of a user vector, A amounts, L labels, N networks.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { linearShare, type RatingsOptions } from "../inputs/ratings/options.ts";
import { connect } from "./connect.ts";
import { logitsOf, movedTowards, type Tower } from "./parts.ts";
import { type PooledRatings, RATING_AMOUNTS } from "./ratings.ts";
import type { Weights } from "./weights.ts";

export interface RatingsTowerParts {
  /** Name of the input; prefix of the layers' names. */
  readonly input: string;
  readonly config: RatingsOptions;
  readonly labels: number;
}

/** Whether there is a linear model beside the network. */
export function hasLinear(options: RatingsOptions): boolean {
  return linearShare(options) > 0;
}

export interface RatingsTower extends Tower {
  /** Logits of each network [B, L]. */
  readonly networks: readonly SymbolicTensor[];
}

/** @param pooled Direction and amounts are looked at only if there is a linear model. */
export function ratingsTower(
  pooled: Pick<PooledRatings, "vector" | "presence"> & Partial<PooledRatings>,
  { input, config, labels }: RatingsTowerParts,
): RatingsTower {
  const { vector, presence, direction, amounts } = pooled;
  const networks = Array.from({ length: config.networks }, (_, i) => {
    const suffix = suffixOf(i);
    const dropped = connect(
      tf.layers.dropout({ rate: config.inputDropout, name: `${input}_input_dropout${suffix}` }),
      vector,
    );
    const hidden = connect(
      tf.layers.dense({
        units: config.units,
        activation: "relu",
        name: `${input}_dense${suffix}`,
      }),
      dropped,
    );
    return logitsOf(hidden, presence, { input, labels, dropout: config.dropout, suffix }).logits;
  });
  const [first, ...others] = networks;
  const network =
    others.length === 0
      ? first!
      : connect(tf.layers.average({ name: `${input}_networks` }), networks);
  const logits = hasLinear(config) ? averaged(input, network, direction!, amounts!) : network;
  return { presence, logits, networks };
}

/** Ends the names of a network's layers. @param network Its number from 0; the first one's names have no ending. */
function suffixOf(network: number): string {
  return network === 0 ? "" : `_${network + 1}`;
}

/**
 * The networks' logits, moved towards those of a linear model by a share that grows with the number of ratings [B, L].
 * Averages of both rank better than either; of a single rating, the linear model knows less.
 */
function averaged(
  input: string,
  network: SymbolicTensor,
  direction: SymbolicTensor,
  amounts: SymbolicTensor,
): SymbolicTensor {
  const units = network.shape[1]!;
  const linear = connect(
    tf.layers.dense({ units, trainable: false, name: `${input}_linear` }),
    direction,
  );
  const share = connect(
    tf.layers.dense({ units: 1, useBias: false, trainable: false, name: `${input}_linear_share` }),
    amounts,
  ); // [B, 1]
  return movedTowards(input, { network, linear, share });
}

/**
 * Weights of the linear model and of its share.
 *
 * @param head The linear model's kernel [D, L] and bias [L]; undefined: it has no share, as long as the network is trained.
 */
export function linearWeights(
  { input, config, labels }: RatingsTowerParts,
  dimensions: number,
  head?: { readonly kernel: Float32Array; readonly bias: Float32Array },
): Weights {
  const share = new Float32Array(RATING_AMOUNTS);
  // The first of the amounts grows from a single rating to 5.
  if (head) share[0] = linearShare(config);
  return new Map([
    [`${input}_linear/kernel`, head?.kernel ?? new Float32Array(dimensions * labels)],
    [`${input}_linear/bias`, head?.bias ?? new Float32Array(labels)],
    [`${input}_linear_share/kernel`, share],
  ]);
}
