/**
 * Encoders that read the words of a text, or the steps of a sequence, in order: convolution over time, simple recurrent network, LSTM (Hochreiter and Schmidhuber 1997; Gers et al.
 * 2000), GRU (Cho et al. 2014), each optionally bidirectional (Schuster and Paliwal 1997).
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a piece, U units of the encoder's output.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { SequenceOptions } from "../inputs/sequence/options.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { connect } from "./connect.ts";
import { someRows } from "./parts.ts";

export interface EncodedWords {
  /** The encoder's state at each word, zeros elsewhere [B, W, U]. */
  readonly states: SymbolicTensor;
  /** The state at the last word; for a bag, the mean over the words; for a convolution, the maximum [B, U]. */
  readonly last: SymbolicTensor;
}

/**
 * A vector per word: the mean of its pieces [B, W, D].
 *
 * @param vectors Vector per piece [B, W, P, D].
 * @param shares Equal weights over a word's pieces that sum to 1 [B, W, P].
 */
export function wordVectors(
  input: string,
  vectors: SymbolicTensor,
  shares: SymbolicTensor,
  { words: W, pieces: P, dimensions: D }: { words: number; pieces: number; dimensions: number },
): SymbolicTensor {
  const column = connect(
    tf.layers.reshape({ targetShape: [W, P, 1], name: `${input}_share_column` }),
    shares,
  );
  const weighed = connect(tf.layers.multiply({ name: `${input}_weighed_pieces` }), [
    vectors,
    column,
  ]);
  const mean = connect(
    tf.layers.averagePooling2d({ poolSize: [1, P], strides: [1, P], name: `${input}_piece_mean` }),
    weighed,
  ); // [B, W, 1, D]
  const rows = connect(
    tf.layers.reshape({ targetShape: [W, D], name: `${input}_word_rows` }),
    mean,
  );
  return connect(tf.layers.rescaling({ scale: P, name: `${input}_word_vectors` }), rows);
}

export interface WordWeights {
  /** 1 where there is a word [B, W]. */
  readonly mask: SymbolicTensor;
  /** Equal weights over the words that sum to 1 [B, W]. */
  readonly shares: SymbolicTensor;
}

export interface EncoderConfig {
  /** Name of the input, which prefixes the layers' names. */
  readonly input: string;
  readonly encoder: TextOptions["encoder"] | SequenceOptions["encoder"];
  readonly bidirectional: boolean;
  readonly attention: TextOptions["attention"];
  readonly units: number;
  /** Words of each text, where there are several, of which each is read from its own beginning. */
  readonly texts?: readonly { readonly first: number; readonly rows: number }[];
  /** Words that a filter sees. */
  readonly kernelSize?: number;
}

/** @param words Vector per word, zeros elsewhere [B, W, D]. */
export function encodeWords(
  words: SymbolicTensor,
  { mask, shares }: WordWeights,
  config: EncoderConfig,
): EncodedWords {
  const { input } = config;
  if (config.encoder === "bag" || config.encoder === "linear" || config.encoder === "mean") {
    const last = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_mean` }), [shares, words]);
    return { states: words, last: last };
  }
  if (config.encoder === "cnn") return convolved(words, mask, config);
  const W = mask.shape[1]!;
  // Cells without a bias stay at zero while they read zeros, so padding has no effect and needs no mask, in either
  // direction. A constant 1 beside each word's vector serves as a bias that applies only at words.
  const one = connect(tf.layers.reshape({ targetShape: [W, 1], name: `${input}_one` }), mask);
  const sequence = connect(tf.layers.concatenate({ axis: -1, name: `${input}_sequence` }), [
    words,
    one,
  ]);
  const cell = recurrent(input, config.encoder, config.units);
  const layer = config.bidirectional
    ? tf.layers.bidirectional({ layer: cell, mergeMode: "concat", name: `${input}_bidirectional` })
    : cell;
  const { texts = [] } = config;
  if (texts.length > 1) return readEach(sequence, mask, { input, layer, texts });
  const column = connect(
    tf.layers.reshape({ targetShape: [W, 1], name: `${input}_state_mask` }),
    mask,
  );
  const states = connect(tf.layers.multiply({ name: `${input}_states` }), [
    connect(layer, sequence),
    column,
  ]);
  const last = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_last_state` }), [
    lastWord(input, mask),
    states,
  ]);
  return { states, last };
}

/** Every text by itself, with the same weights: the states of all, and the sum of their last states. */
function readEach(
  sequence: SymbolicTensor,
  mask: SymbolicTensor,
  {
    input,
    layer,
    texts,
  }: Required<Pick<EncoderConfig, "input" | "texts">> & { readonly layer: tf.layers.Layer },
): EncodedWords {
  const read = texts.map((place, i) => {
    const name = (part: string) => `${input}_text${i + 1}_${part}`;
    const own = someRows(mask, place, name("words"));
    const column = connect(
      tf.layers.reshape({ targetShape: [place.rows, 1], name: name("state_mask") }),
      own,
    );
    const states = connect(tf.layers.multiply({ name: name("states") }), [
      connect(layer, someRows(sequence, place, name("row"))),
      column,
    ]);
    const last = connect(tf.layers.dot({ axes: [1, 1], name: name("last_state") }), [
      lastWord(`${input}_text${i + 1}`, own),
      states,
    ]);
    return { states, last };
  });
  return {
    states: connect(
      tf.layers.concatenate({ axis: 1, name: `${input}_states` }),
      read.map(({ states }) => states),
    ),
    last: connect(
      tf.layers.add({ name: `${input}_last_state` }),
      read.map(({ last }) => last),
    ),
  };
}

/** Convolution over time; instead of a last state, each filter's strongest answer. */
function convolved(
  words: SymbolicTensor,
  mask: SymbolicTensor,
  { input, units, kernelSize = 3 }: EncoderConfig,
): EncodedWords {
  const filtered = connect(
    tf.layers.conv1d({
      filters: units,
      kernelSize,
      padding: "same",
      activation: "relu",
      name: `${input}_conv`,
    }),
    words,
  );
  const column = connect(
    tf.layers.reshape({ targetShape: [mask.shape[1]!, 1], name: `${input}_state_mask` }),
    mask,
  );
  const states = connect(tf.layers.multiply({ name: `${input}_states` }), [filtered, column]);
  const last = connect(tf.layers.globalMaxPooling1d({ name: `${input}_strongest` }), states);
  return { states, last };
}

function recurrent(
  input: string,
  kind: "rnn" | "lstm" | "gru",
  units: number,
): ReturnType<typeof tf.layers.rnn> {
  const options = {
    ...{ units, returnSequences: true, useBias: false, name: `${input}_${kind}` },
    // `initialiseWeights` draws them; tfjs's default is slow, an orthogonal matrix, and warns of that on the console.
    recurrentInitializer: "zeros",
  } as const;
  if (kind === "rnn") return tf.layers.simpleRNN(options);
  // onnxruntime has vector code for sigmoid and none for hardSigmoid, tfjs's default
  const gated = { ...options, recurrentActivation: "sigmoid" } as const;
  if (kind === "lstm") return tf.layers.lstm({ ...gated, unitForgetBias: false });
  return tf.layers.gru(gated);
}

/** 1 at the last word, 0 elsewhere [B, W]: the mask minus the mask shifted left by one. */
function lastWord(input: string, mask: SymbolicTensor): SymbolicTensor {
  const W = mask.shape[1]!;
  const image = connect(
    tf.layers.reshape({ targetShape: [W, 1, 1], name: `${input}_mask_image` }),
    mask,
  );
  const longer = connect(
    tf.layers.zeroPadding2d({
      padding: [
        [0, 1],
        [0, 0],
      ],
      name: `${input}_mask_padded`,
    }),
    image,
  );
  const moved = connect(
    tf.layers.cropping2D({
      cropping: [
        [1, 0],
        [0, 0],
      ],
      name: `${input}_mask_moved`,
    }),
    longer,
  );
  const next = connect(tf.layers.reshape({ targetShape: [W], name: `${input}_next_word` }), moved);
  const minus = connect(tf.layers.rescaling({ scale: -1, name: `${input}_minus_next` }), next);
  return connect(tf.layers.add({ name: `${input}_last_word` }), [mask, minus]);
}
