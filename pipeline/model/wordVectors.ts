/**
 * Pretrained word vectors in the graph, frozen: mean, largest and smallest values over a text's words.
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a vector.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { FIRST_WORD_ID, type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import { connect } from "./connect.ts";
import type { TextParts } from "./textParts.ts";

/** Token ids, with all words that have only a pretrained vector mapped to one id, `tokenCount(spec)`. */
export function learnedIds(
  { input, spec }: Pick<TextParts, "input" | "spec">,
  tokens: SymbolicTensor,
): SymbolicTensor {
  const numbers = connect(tf.layers.rescaling({ scale: 1, name: `${input}_ids` }), tokens);
  return connect(
    tf.layers.reLU({ maxValue: tokenCount(spec), name: `${input}_learned_ids` }),
    numbers,
  );
}

/**
 * @param tokens int32 [B, W, P]; the first piece of each word is the word itself.
 * @param shares Equal weights over the words that sum to 1 [B, W].
 * @returns [B, 3 D]: mean, largest values, and minus the smallest values; padding counts as 0 in the last two.
 */
export function wordFeatures(
  { input, spec }: Pick<TextParts, "input" | "spec">,
  words: WordVectorFit,
  tokens: SymbolicTensor,
  shares: SymbolicTensor,
): SymbolicTensor {
  const { maxWords: W, piecesPerWord: P } = spec;
  const image = connect(
    tf.layers.reshape({ targetShape: [W, P, 1], name: `${input}_pieces` }),
    tokens,
  );
  const first = connect(
    tf.layers.cropping2D({
      cropping: [
        [0, 0],
        [0, P - 1],
      ],
      name: `${input}_first_pieces`,
    }),
    image,
  );
  const ids = connect(tf.layers.reshape({ targetShape: [W], name: `${input}_word_ids` }), first);
  const vectors = connect(
    tf.layers.embedding({
      inputDim: words.table.length / words.dimensions,
      outputDim: words.dimensions,
      trainable: false,
      name: `${input}_pretrained_vectors`,
    }),
    rowsOf(input, ids, spec),
  ); // [B, W, D]

  const mean = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_pretrained_mean` }), [
    shares,
    vectors,
  ]);
  const largest = connect(
    tf.layers.globalMaxPooling1d({ name: `${input}_pretrained_largest` }),
    vectors,
  );
  const negated = connect(
    tf.layers.rescaling({ scale: -1, name: `${input}_pretrained_negated` }),
    vectors,
  );
  const smallest = connect(
    tf.layers.globalMaxPooling1d({ name: `${input}_pretrained_smallest` }),
    negated,
  );
  return connect(tf.layers.concatenate({ name: `${input}_pretrained_features` }), [
    mean,
    largest,
    smallest,
  ]);
}

/**
 * Maps ids to rows of the table, in which words that have only a vector follow the vocabulary; the ids of n-grams, which
 * lie between, never belong to a word: min(id, last word of the vocabulary) + max(0, id - last n-gram).
 */
function rowsOf(input: string, ids: SymbolicTensor, spec: TitleSpec): SymbolicTensor {
  const numbers = connect(
    tf.layers.rescaling({ scale: 1, name: `${input}_pretrained_numbers` }),
    ids,
  );
  const own = connect(
    tf.layers.reLU({
      maxValue: FIRST_WORD_ID + spec.vocabulary.length - 1,
      name: `${input}_pretrained_own_rows`,
    }),
    numbers,
  );
  const past = connect(
    tf.layers.rescaling({
      scale: 1,
      offset: 1 - tokenCount(spec),
      name: `${input}_pretrained_past`,
    }),
    ids,
  );
  const further = connect(tf.layers.reLU({ name: `${input}_pretrained_further_rows` }), past);
  return connect(tf.layers.add({ name: `${input}_pretrained_rows` }), [own, further]);
}

/** The pretrained weights, which are not learned. */
export function wordVectorWeights(
  input: string,
  words: WordVectorFit | undefined,
): Map<string, Float32Array> {
  return new Map(words ? [[`${input}_pretrained_vectors/embeddings`, words.table]] : []);
}
