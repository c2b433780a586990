/** What a title has: pieces, words, a release year, and that year as numbers near 0. Shapes: B batch, W words, P pieces per word. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";

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
  const asFloat = connect(tf.layers.rescaling({ scale: 1, name: "title_token_numbers" }), tokens);
  const piece = connect(tf.layers.reLU({ maxValue: 1, name: "title_piece_mask" }), asFloat);
  // A word is there if its first piece, the word itself, is.
  const turned = connect(tf.layers.permute({ dims: [2, 1], name: "title_mask_turned" }), piece);
  const word = connect(tf.layers.globalMaxPooling1d({ name: "title_word_mask" }), turned);
  const wordColumn = connect(
    tf.layers.reshape({ targetShape: [words, 1], name: "title_mask_column" }),
    word,
  );
  const anyWord = connect(tf.layers.globalMaxPooling1d({ name: "title_any_word" }), wordColumn);
  const known = connect(tf.layers.reLU({ maxValue: 1, name: "year_known" }), year);
  const presence = connect(tf.layers.maximum({ name: "title_presence" }), [anyWord, known]);
  return { piece, word, year: known, presence };
}

/** The middle of the film years. */
export const YEAR_CENTRE = 1980;

/** Years from the middle, the only exact step in half precision, which must come before any other. */
export function centredYear(year: SymbolicTensor): SymbolicTensor {
  return connect(
    tf.layers.rescaling({ scale: 1, offset: -YEAR_CENTRE, name: "year_centred" }),
    year,
  );
}
