/**
 * Attention over a title's words.
 *
 * Shapes: B batch, W words, U units of an encoder's state.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
import { connect } from "./connect.ts";
import type { Encoded } from "./encoder.ts";
import { hide } from "./parts.ts";

export interface Attended {
  /** Shares of 1 among the words, zeros elsewhere [B, W]. */
  readonly attention: SymbolicTensor;
  /** [B, U], with Luong's attention [B, units] */
  readonly vector: SymbolicTensor;
}

/**
 * The query is what the encoder says at the last word. Scores of a state h for a query q:
 *
 * - `bahdanau`: v . tanh(W h + V q), additive (Bahdanau, Cho, Bengio 2015, appendix A.1.2)
 * - `luong-dot`: q . h; `luong-general`: (W q) . h; `luong-concat`: v . tanh(W [q; h]) (Luong, Pham, Manning 2015, section 3.1)
 *
 * Bahdanau's answer is the context, the states' mean by attention; Luong's is tanh(W [context; q]).
 *
 * @param mask 1 where there is a word [B, W].
 * @param shares Equal shares of 1 among the words [B, W]; what `none` gives as attention, beside the last state.
 */
export function attend(
  { states, last }: Encoded,
  mask: SymbolicTensor,
  shares: SymbolicTensor,
  config: Config["title"],
): Attended {
  if (config.attention === "none") return { attention: shares, vector: last };
  const scores = connect(tf.layers.add({ name: "title_masked_scores" }), [
    scoresOf(states, last, config),
    hide(mask, "title_hidden_words"),
  ]);
  const softmax = connect(tf.layers.softmax({ axis: -1, name: "title_attention_softmax" }), scores);
  const attention = connect(tf.layers.multiply({ name: "title_attention" }), [softmax, mask]);
  const context = connect(tf.layers.dot({ axes: [1, 1], name: "title_context" }), [
    attention,
    states,
  ]);
  if (config.attention === "bahdanau") return { attention, vector: context };
  const joined = connect(tf.layers.concatenate({ name: "title_context_query" }), [context, last]);
  const vector = connect(
    tf.layers.dense({ units: config.units, activation: "tanh", name: "title_attentional" }),
    joined,
  );
  return { attention, vector };
}

function scoresOf(
  states: SymbolicTensor,
  query: SymbolicTensor,
  { attention, units }: Config["title"],
): SymbolicTensor {
  const [, W, U] = states.shape as [null, number, number];
  const dense = (name: string, size: number) =>
    tf.layers.dense({ units: size, useBias: false, name: `title_${name}` });
  const perWord = (x: SymbolicTensor) =>
    connect(tf.layers.repeatVector({ n: W, name: "title_query_per_word" }), x);
  const scored = (hidden: SymbolicTensor) =>
    connect(
      tf.layers.reshape({ targetShape: [W], name: "title_scores" }),
      connect(dense("score", 1), hidden),
    );
  const tanh = (x: SymbolicTensor) =>
    connect(tf.layers.activation({ activation: "tanh", name: "title_score_tanh" }), x);
  if (attention === "bahdanau") {
    const sum = connect(tf.layers.add({ name: "title_score_sum" }), [
      connect(dense("score_state", units), states),
      perWord(connect(dense("score_query", units), query)),
    ]);
    return scored(tanh(sum));
  }
  if (attention === "luong-concat") {
    const joined = connect(tf.layers.concatenate({ axis: -1, name: "title_query_state" }), [
      perWord(query),
      states,
    ]);
    return scored(tanh(connect(dense("score_joined", units), joined)));
  }
  const asked = attention === "luong-general" ? connect(dense("score_query", U), query) : query;
  return connect(tf.layers.dot({ axes: [1, 2], name: "title_scores" }), [asked, states]);
}
