/**
 * Text tower: weighted words and n-grams, as a bag or read in order, and a number beside the text, a title's release year.
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a token, N features of the number.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import { besideSteps } from "../inputs/number/beside.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { type AttentionResult, attend } from "./attention.ts";
import { connect } from "./connect.ts";
import { encodeWords, type WordWeights, wordVectors } from "./encoder.ts";
import { linearText } from "./linearText.ts";
import { equalShares, logitsOf, type TextTower } from "./parts.ts";
import { textMasks } from "./textMasks.ts";
import { placesOf, type TextParts } from "./textParts.ts";
import { learnedIds, wordFeatures } from "./wordVectors.ts";

export interface TextTowerParts extends TextParts {
  readonly config: TextOptions;
}

/** @param tokens int32 [B, W, P] */
export function textTower(tokens: SymbolicTensor, parts: TextTowerParts): TextTower {
  const { input, number, spec, words, config, labels } = parts;
  if (config.encoder === "linear") return linearText(tokens, parts);
  const D = config.dimensions;

  const masks = textMasks(parts, tokens);

  const vectors = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + (words ? 1 : 0),
      outputDim: D,
      name: `${input}_embedding`,
    }),
    words ? learnedIds(parts, tokens) : tokens,
  ); // [B, W, P, D]

  // A word is the mean of its pieces.
  const shares = equalShares(masks.piece, `${input}_piece_share`); // [B, W, P]

  // Without attention, all words have equal weights.
  const wordShares = equalShares(
    masks.word,
    config.attention === "none" ? `${input}_attention` : `${input}_word_share`,
  ); // [B, W]

  const ordered = config.encoder !== "bag" || config.attention !== "none";
  const { vector, attention } = ordered
    ? readInOrder(parts, vectors, shares, { mask: masks.word, shares: wordShares })
    : { vector: bagOfPieces(input, vectors, shares, wordShares), attention: wordShares };

  const joined = [
    vector,
    ...(number ? [besideSteps(number, masks.number!)] : []),
    ...(words ? [wordFeatures(parts, words, tokens, wordShares)] : []),
    ...(parts.pretrained ? [parts.pretrained] : []),
  ];
  const features =
    joined.length === 1
      ? vector
      : connect(tf.layers.concatenate({ name: `${input}_features` }), joined); // [B, D + N], plus three times the word vectors' dimensions and a backbone's features if there are any
  const options = { input, labels, dropout: config.dropout };
  return { ...logitsOf(features, masks.presence, options), attention };
}

/** The mean of the words' means [B, D], computed as one sum over all pieces, without a vector per word. */
function bagOfPieces(
  input: string,
  vectors: SymbolicTensor,
  shares: SymbolicTensor,
  wordShares: SymbolicTensor,
): SymbolicTensor {
  const [, W, P, D] = vectors.shape as [null, number, number, number];
  const reshape = (name: string, targetShape: number[], x: SymbolicTensor) =>
    connect(tf.layers.reshape({ targetShape, name }), x);
  const weights = connect(tf.layers.multiply({ name: `${input}_piece_weights` }), [
    shares,
    reshape(`${input}_attention_column`, [W, 1], wordShares),
  ]);
  return connect(tf.layers.dot({ axes: [1, 1], name: `${input}_vector` }), [
    reshape(`${input}_flat_weights`, [W * P], weights),
    reshape(`${input}_flat_vectors`, [W * P, D], vectors),
  ]);
}

/** Encodes the words in order and applies attention. */
function readInOrder(
  { input, texts, config }: TextTowerParts,
  vectors: SymbolicTensor,
  pieceShares: SymbolicTensor,
  { mask, shares }: WordWeights,
): AttentionResult {
  const [, words, pieces, dimensions] = vectors.shape as [null, number, number, number];
  const rows = wordVectors(input, vectors, pieceShares, { words, pieces, dimensions });
  const encoder = { ...config, input, texts: placesOf(texts) };
  return attend(encodeWords(rows, { mask, shares }, encoder), { mask, shares }, encoder);
}
