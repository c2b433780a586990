/**
 * Attention over a title's words.
 *
 * Shapes: B batch, W words, U units of an encoder's state.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { Config } from "../config/schema.ts";
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
  const scores = tf.layers
    .add({ name: "title_masked_scores" })
    .apply([scoresOf(states, last, config), hide(mask, "title_hidden_words")]);
  const softmax = tf.layers.softmax({ axis: -1, name: "title_attention_softmax" }).apply(scores);
  const attention = tf.layers
    .multiply({ name: "title_attention" })
    .apply([softmax as SymbolicTensor, mask]) as SymbolicTensor;
  const context = tf.layers
    .dot({ axes: [1, 1], name: "title_context" })
    .apply([attention, states]) as SymbolicTensor;
  if (config.attention === "bahdanau") return { attention, vector: context };
  const joined = tf.layers.concatenate({ name: "title_context_query" }).apply([context, last]);
  const vector = tf.layers
    .dense({ units: config.units, activation: "tanh", name: "title_attentional" })
    .apply(joined) as SymbolicTensor;
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
    tf.layers.repeatVector({ n: W, name: "title_query_per_word" }).apply(x) as SymbolicTensor;
  const scored = (hidden: unknown) =>
    tf.layers
      .reshape({ targetShape: [W], name: "title_scores" })
      .apply(dense("score", 1).apply(hidden as SymbolicTensor)) as SymbolicTensor;
  const tanh = (x: unknown) =>
    tf.layers
      .activation({ activation: "tanh", name: "title_score_tanh" })
      .apply(x as SymbolicTensor);
  if (attention === "bahdanau") {
    const sum = tf.layers
      .add({ name: "title_score_sum" })
      .apply([
        dense("score_state", units).apply(states) as SymbolicTensor,
        perWord(dense("score_query", units).apply(query) as SymbolicTensor),
      ]);
    return scored(tanh(sum));
  }
  if (attention === "luong-concat") {
    const joined = tf.layers
      .concatenate({ axis: -1, name: "title_query_state" })
      .apply([perWord(query), states]);
    return scored(tanh(dense("score_joined", units).apply(joined)));
  }
  const asked = attention === "luong-general" ? dense("score_query", U).apply(query) : query;
  return tf.layers
    .dot({ axes: [1, 2], name: "title_scores" })
    .apply([asked as SymbolicTensor, states]) as SymbolicTensor;
}
