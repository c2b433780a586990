/**
 * Masks of a text's pieces and words, and of the number beside it.
 *
 * Shapes: B batch, W words, P pieces per word.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "./connect.ts";
import { isKnown } from "./number.ts";
import type { TextParts } from "./textParts.ts";

export interface TextMasks {
  /** 1 where there is a token [B, W, P]. */
  readonly piece: SymbolicTensor;
  /** 1 where there is a word [B, W]. */
  readonly word: SymbolicTensor;
  /** 1 where the number is known [B, 1]; undefined where the text has none beside it. */
  readonly number: SymbolicTensor | undefined;
  /** 1 where there is a word or a number [B, 1]. */
  readonly presence: SymbolicTensor;
}

/** @param tokens int32 [B, W, P] */
export function textMasks(
  { input, number }: Pick<TextParts, "input" | "number">,
  tokens: SymbolicTensor,
): TextMasks {
  const words = tokens.shape[1]!;
  const asFloat = connect(
    tf.layers.rescaling({ scale: 1, name: `${input}_token_numbers` }),
    tokens,
  );
  const piece = connect(tf.layers.reLU({ maxValue: 1, name: `${input}_piece_mask` }), asFloat);
  // A word is present if any of its pieces is.
  const transposed = connect(
    tf.layers.permute({ dims: [2, 1], name: `${input}_mask_turned` }),
    piece,
  );
  const word = connect(tf.layers.globalMaxPooling1d({ name: `${input}_word_mask` }), transposed);
  const wordColumn = connect(
    tf.layers.reshape({ targetShape: [words, 1], name: `${input}_mask_column` }),
    word,
  );
  const anyWord = connect(tf.layers.globalMaxPooling1d({ name: `${input}_any_word` }), wordColumn);
  if (!number) return { piece, word, number: undefined, presence: anyWord };
  const known = isKnown(number);
  const presence = connect(tf.layers.maximum({ name: `${input}_presence` }), [anyWord, known]);
  return { piece, word, number: known, presence };
}
