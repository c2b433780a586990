/** What a title has: pieces, words, a release year, and that year as numbers near 0. Shapes: B batch, W words, P pieces per word. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";

export interface TitleMasks {
  /** 1 where there is a token [B, W, P]. */
  readonly piece: SymbolicTensor;
  /** 1 where there is a word [B, W]. */
  readonly word: SymbolicTensor;
  /** 1 where the year is known [B, 1]. */
  readonly year: SymbolicTensor;
  /** 1 where there is a word or a year [B, 1]. */
  readonly presence: SymbolicTensor;
}

/**
 * @param tokens int32 [B, W, P]
 * @param year float32 [B, 1], 0 when unknown
 */
export function titleMasks(tokens: SymbolicTensor, year: SymbolicTensor): TitleMasks {
  const words = tokens.shape[1]!;
  const asFloat = tf.layers.rescaling({ scale: 1, name: "title_token_numbers" }).apply(tokens);
  const piece = tf.layers
    .reLU({ maxValue: 1, name: "title_piece_mask" })
    .apply(asFloat) as SymbolicTensor;
  // A word is there if its first piece, the word itself, is.
  const turned = tf.layers.permute({ dims: [2, 1], name: "title_mask_turned" }).apply(piece);
  const word = tf.layers
    .globalMaxPooling1d({ name: "title_word_mask" })
    .apply(turned) as SymbolicTensor;
  const wordColumn = tf.layers
    .reshape({ targetShape: [words, 1], name: "title_mask_column" })
    .apply(word);
  const anyWord = tf.layers.globalMaxPooling1d({ name: "title_any_word" }).apply(wordColumn);
  const known = tf.layers.reLU({ maxValue: 1, name: "year_known" }).apply(year) as SymbolicTensor;
  const presence = tf.layers
    .maximum({ name: "title_presence" })
    .apply([anyWord as SymbolicTensor, known]) as SymbolicTensor;
  return { piece, word, year: known, presence };
}

/** The middle of the film years. */
export const YEAR_CENTRE = 1980;

/** Years from the middle, the only exact step in half precision, which must come before any other. */
export function centredYear(year: SymbolicTensor): SymbolicTensor {
  return tf.layers
    .rescaling({ scale: 1, offset: -YEAR_CENTRE, name: "year_centred" })
    .apply(year) as SymbolicTensor;
}
