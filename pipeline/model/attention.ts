/**
 * Attention over a text's words.
 *
 * Shapes: B batch, W words, U units of an encoder's state.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";
import type { EncodedWords, EncoderConfig, WordWeights } from "./encoder.ts";
import { hide } from "./parts.ts";

export interface AttentionResult {
  /** Weights over the words that sum to 1, zeros elsewhere [B, W]. */
  readonly attention: SymbolicTensor;
  /** [B, U], with Luong's attention [B, units] */
  readonly vector: SymbolicTensor;
}

/**
 * Attention over the encoder's states. The query is the state at the last word. Scores of a state h for a query q:
 *
 * - `bahdanau`: v . tanh(W h + V q), additive (Bahdanau, Cho, Bengio 2015, appendix A.1.2)
 * - `luong-dot`: q . h; `luong-general`: (W q) . h; `luong-concat`: v . tanh(W [q; h]) (Luong, Pham, Manning 2015,
 *   section 3.1)
 *
 * The context is the mean of the states, weighted by attention. Bahdanau's vector is the context, Luong's is
 * tanh(W [context; q]).
 *
 * @param weights Of the words; the shares are returned as the attention of `none`, with the last state.
 */
export function attend(
  { states, last }: EncodedWords,
  { mask, shares }: WordWeights,
  config: EncoderConfig,
): AttentionResult {
  const { input } = config;
  if (config.attention === "none") return { attention: shares, vector: last };
  const scores = connect(tf.layers.add({ name: `${input}_masked_scores` }), [
    scoresOf(states, last, config),
    hide(mask, `${input}_hidden_words`),
  ]);
  const softmax = connect(
    tf.layers.softmax({ axis: -1, name: `${input}_attention_softmax` }),
    scores,
  );
  const attention = connect(tf.layers.multiply({ name: `${input}_attention` }), [softmax, mask]);
  const context = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_context` }), [
    attention,
    states,
  ]);
  if (config.attention === "bahdanau") return { attention, vector: context };
  const joined = connect(tf.layers.concatenate({ name: `${input}_context_query` }), [
    context,
    last,
  ]);
  const vector = connect(
    tf.layers.dense({ units: config.units, activation: "tanh", name: `${input}_attentional` }),
    joined,
  );
  return { attention, vector };
}

/** Scores of all states for the query [B, W]. */
function scoresOf(
  states: SymbolicTensor,
  query: SymbolicTensor,
  { attention, units, input }: EncoderConfig,
): SymbolicTensor {
  const [, W, U] = states.shape as [null, number, number];
  const dense = (name: string, size: number) =>
    tf.layers.dense({ units: size, useBias: false, name: `${input}_${name}` });
  const perWord = (x: SymbolicTensor) =>
    connect(tf.layers.repeatVector({ n: W, name: `${input}_query_per_word` }), x);
  const toScores = (hidden: SymbolicTensor) =>
    connect(
      tf.layers.reshape({ targetShape: [W], name: `${input}_scores` }),
      connect(dense("score", 1), hidden),
    );
  const tanh = (x: SymbolicTensor) =>
    connect(tf.layers.activation({ activation: "tanh", name: `${input}_score_tanh` }), x);
  if (attention === "bahdanau") {
    const sum = connect(tf.layers.add({ name: `${input}_score_sum` }), [
      connect(dense("score_state", units), states),
      perWord(connect(dense("score_query", units), query)),
    ]);
    return toScores(tanh(sum));
  }
  if (attention === "luong-concat") {
    const joined = connect(tf.layers.concatenate({ axis: -1, name: `${input}_query_state` }), [
      perWord(query),
      states,
    ]);
    return toScores(tanh(connect(dense("score_joined", units), joined)));
  }
  const key = attention === "luong-general" ? connect(dense("score_query", U), query) : query;
  return connect(tf.layers.dot({ axes: [1, 2], name: `${input}_scores` }), [key, states]);
}
