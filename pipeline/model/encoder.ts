/**
 * Title encoders that read words in their order: simple recurrent network, LSTM (Hochreiter and Schmidhuber 1997; Gers
 * et al. 2000), GRU (Cho et al. 2014), each also in both directions (Schuster and Paliwal 1997).
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a piece, U units of the encoder's output.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import { connect } from "./connect.ts";

export interface Encoded {
  /** What the encoder says at each word, zeros at none [B, W, U]. */
  readonly states: SymbolicTensor;
  /** What it says at the title's last word; for a bag, the mean over the words [B, U]. */
  readonly last: SymbolicTensor;
}

/**
 * A vector per word: the mean of its pieces.
 *
 * @param vectors [B, W, P, D]
 * @param shares [B, W, P], equal shares of 1 among a word's pieces.
 */
export function wordVectors(
  vectors: SymbolicTensor,
  shares: SymbolicTensor,
  { words: W, pieces: P, dimensions: D }: { words: number; pieces: number; dimensions: number },
): SymbolicTensor {
  const column = connect(
    tf.layers.reshape({ targetShape: [W, P, 1], name: "title_share_column" }),
    shares,
  );
  const weighed = connect(tf.layers.multiply({ name: "title_weighed_pieces" }), [vectors, column]);
  const mean = connect(
    tf.layers.averagePooling2d({ poolSize: [1, P], strides: [1, P], name: "title_piece_mean" }),
    weighed,
  ); // [B, W, 1, D]
  const rows = connect(tf.layers.reshape({ targetShape: [W, D], name: "title_word_rows" }), mean);
  return connect(tf.layers.rescaling({ scale: P, name: "title_word_vectors" }), rows);
}

/**
 * @param words A vector per word, zeros where there is none [B, W, D].
 * @param mask 1 where there is a word [B, W].
 * @param shares Equal shares of 1 among the words [B, W].
 */
export function encodeWords(
  words: SymbolicTensor,
  mask: SymbolicTensor,
  shares: SymbolicTensor,
  config: Config["title"],
): Encoded {
  if (config.encoder === "bag" || config.encoder === "linear") {
    const last = connect(tf.layers.dot({ axes: [1, 1], name: "title_mean" }), [shares, words]);
    return { states: words, last: last };
  }
  const W = mask.shape[1]!;
  // Cells without a bias stay at zero as long as they read zeros, so padding changes nothing and needs no mask, in either
  // direction. A constant beside each word's vector is the bias that counts at words only.
  const one = connect(tf.layers.reshape({ targetShape: [W, 1], name: "title_one" }), mask);
  const input = connect(tf.layers.concatenate({ axis: -1, name: "title_sequence" }), [words, one]);
  const cell = recurrent(config.encoder, config.units);
  const layer = config.bidirectional
    ? tf.layers.bidirectional({ layer: cell, mergeMode: "concat", name: "title_bidirectional" })
    : cell;
  const column = connect(
    tf.layers.reshape({ targetShape: [W, 1], name: "title_state_mask" }),
    mask,
  );
  const states = connect(tf.layers.multiply({ name: "title_states" }), [
    connect(layer, input),
    column,
  ]);
  const last = connect(tf.layers.dot({ axes: [1, 1], name: "title_last_state" }), [
    lastWord(mask),
    states,
  ]);
  return { states, last };
}

function recurrent(kind: "rnn" | "lstm" | "gru", units: number): ReturnType<typeof tf.layers.rnn> {
  const options = { units, returnSequences: true, useBias: false, name: `title_${kind}` };
  if (kind === "rnn") return tf.layers.simpleRNN(options);
  if (kind === "lstm") return tf.layers.lstm({ ...options, unitForgetBias: false });
  return tf.layers.gru(options);
}

/** 1 at the last word, 0 elsewhere [B, W]: the mask less itself moved one place to the front. */
function lastWord(mask: SymbolicTensor): SymbolicTensor {
  const W = mask.shape[1]!;
  const image = connect(
    tf.layers.reshape({ targetShape: [W, 1, 1], name: "title_mask_image" }),
    mask,
  );
  const longer = connect(
    tf.layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 0],
      ],
      name: "title_mask_padded",
    }),
    image,
  );
  const moved = connect(
    tf.layers.cropping2D({
      cropping: [
        [1, 0],
        [0, 0],
      ],
      name: "title_mask_moved",
    }),
    longer,
  );
  const next = connect(tf.layers.reshape({ targetShape: [W], name: "title_next_word" }), moved);
  const minus = connect(tf.layers.rescaling({ scale: -1, name: "title_minus_next" }), next);
  return connect(tf.layers.add({ name: "title_last_word" }), [mask, minus]);
}
