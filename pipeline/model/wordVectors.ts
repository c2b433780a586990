/**
 * Word vectors from elsewhere inside the graph, frozen: mean, largest and smallest value over a title's words.
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a vector.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { FIRST_WORD_ID, type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import { connect } from "./connect.ts";

/** Token ids with all words that only have a vector drawn to one id of their own, `tokenCount(spec)`. */
export function learnedIds(tokens: SymbolicTensor, spec: TitleSpec): SymbolicTensor {
  const numbers = connect(tf.layers.rescaling({ scale: 1, name: "title_ids" }), tokens);
  return connect(
    tf.layers.reLU({ maxValue: tokenCount(spec), name: "title_learned_ids" }),
    numbers,
  );
}

/**
 * @param tokens int32 [B, W, P]; the first piece is the word.
 * @param shares [B, W], equal shares of 1 among the words that are there.
 * @returns [B, 3 D]: mean, largest value, and minus the smallest; padding counts as 0 in the last two.
 */
export function wordFeatures(
  tokens: SymbolicTensor,
  shares: SymbolicTensor,
  words: WordVectorFit,
  spec: TitleSpec,
): SymbolicTensor {
  const { maxWords: W, piecesPerWord: P } = spec;
  const image = connect(
    tf.layers.reshape({ targetShape: [W, P, 1], name: "title_pieces" }),
    tokens,
  );
  const first = connect(
    tf.layers.cropping2D({
      cropping: [
        [0, 0],
        [0, P - 1],
      ],
      name: "title_first_pieces",
    }),
    image,
  );
  const ids = connect(tf.layers.reshape({ targetShape: [W], name: "title_word_ids" }), first);
  const vectors = connect(
    tf.layers.embedding({
      inputDim: words.table.length / words.dimensions,
      outputDim: words.dimensions,
      trainable: false,
      name: "word_vectors",
    }),
    rowsOf(ids, spec),
  ); // [B, W, D]

  const mean = connect(tf.layers.dot({ axes: [1, 1], name: "word_mean" }), [shares, vectors]);
  const largest = connect(tf.layers.globalMaxPooling1d({ name: "word_largest" }), vectors);
  const negated = connect(tf.layers.rescaling({ scale: -1, name: "word_negated" }), vectors);
  const smallest = connect(tf.layers.globalMaxPooling1d({ name: "word_smallest" }), negated);
  return connect(tf.layers.concatenate({ name: "word_features" }), [mean, largest, smallest]);
}

/**
 * Ids to rows of the table, in which the words that only have a vector follow the vocabulary's: the n-grams' ids, which
 * stand between, are none of a word. min(id, last word of the vocabulary) + max(0, id - last n-gram).
 */
function rowsOf(ids: SymbolicTensor, spec: TitleSpec): SymbolicTensor {
  const numbers = connect(tf.layers.rescaling({ scale: 1, name: "word_numbers" }), ids);
  const own = connect(
    tf.layers.reLU({ maxValue: FIRST_WORD_ID + spec.vocabulary.length - 1, name: "word_own_rows" }),
    numbers,
  );
  const past = connect(
    tf.layers.rescaling({ scale: 1, offset: 1 - tokenCount(spec), name: "word_past" }),
    ids,
  );
  const further = connect(tf.layers.reLU({ name: "word_further_rows" }), past);
  return connect(tf.layers.add({ name: "word_rows" }), [own, further]);
}

/** The weights that are given, not learned. */
export function wordVectorWeights(words: WordVectorFit | undefined): Map<string, Float32Array> {
  return new Map(words ? [["word_vectors/embeddings", words.table]] : []);
}
