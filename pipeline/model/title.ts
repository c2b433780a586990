/**
 * Title tower: a bag of words and n-grams, with the release year.
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a token, Y year features.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { Config } from "../config/schema.ts";
import { equalShares, evidenceOf, type Tower } from "./parts.ts";

/** Sigmoid steps over the release year. */
const YEAR_FEATURES = 16;
/** The middle of the film years, and the spread that puts most of them within -2..2. */
const YEAR_CENTRE = 1980;
const YEAR_SPREAD = 20;

export interface TitleTower extends Tower {
  /** Share of attention per word [B, W]. */
  readonly attention: SymbolicTensor;
}

/**
 * @param tokens int32 [B, W, P]
 * @param year float32 [B, 1], 0 when unknown
 */
export function titleTower(
  tokens: SymbolicTensor,
  year: SymbolicTensor,
  spec: TitleSpec,
  config: Config["title"],
  labels: number,
): TitleTower {
  const { maxWords: W, piecesPerWord: P } = spec;
  const D = config.dimensions;

  // 1 where there is a token, 0 where there is padding.
  const asFloat = tf.layers.rescaling({ scale: 1, name: "title_token_numbers" }).apply(tokens);
  const pieceMask = tf.layers
    .reLU({ maxValue: 1, name: "title_piece_mask" })
    .apply(asFloat) as SymbolicTensor; // [B, W, P]

  const vectors = tf.layers
    .embedding({
      inputDim: tokenCount(spec),
      outputDim: D,
      name: "title_embedding",
    })
    .apply(tokens) as SymbolicTensor; // [B, W, P, D]

  // A word is the mean of its pieces.
  const shares = equalShares(pieceMask, "title_piece_share"); // [B, W, P]

  // A word is there if its first piece, the word itself, is.
  const turned = tf.layers.permute({ dims: [2, 1], name: "title_mask_turned" }).apply(pieceMask);
  const wordMask = tf.layers
    .globalMaxPooling1d({ name: "title_word_mask" })
    .apply(turned) as SymbolicTensor; // [B, W]
  const attention = equalShares(wordMask, "title_attention"); // [B, W]

  // The title is the mean of its words. One sum over all pieces gives it without a vector per word.
  const attentionColumn = tf.layers
    .reshape({ targetShape: [W, 1], name: "title_attention_column" })
    .apply(attention) as SymbolicTensor;
  const weights = tf.layers
    .multiply({ name: "title_piece_weights" })
    .apply([shares, attentionColumn]); // [B, W, P]
  const flat = (name: string, shape: number[]) => tf.layers.reshape({ targetShape: shape, name });
  const title = tf.layers
    .dot({ axes: [1, 1], name: "title_vector" })
    .apply([
      flat("title_flat_weights", [W * P]).apply(weights) as SymbolicTensor,
      flat("title_flat_vectors", [W * P, D]).apply(vectors) as SymbolicTensor,
    ]) as SymbolicTensor; // [B, D]

  const wordColumn = flat("title_mask_column", [W, 1]).apply(wordMask);
  const anyWord = tf.layers.globalMaxPooling1d({ name: "title_any_word" }).apply(wordColumn);
  const { features: yearFeatures, known: yearKnown } = yearSteps(year);
  const features = tf.layers
    .concatenate({ name: "title_features" })
    .apply([title, yearFeatures]) as SymbolicTensor; // [B, D + Y]
  const presence = tf.layers
    .maximum({ name: "title_presence" })
    .apply([anyWord as SymbolicTensor, yearKnown]) as SymbolicTensor; // [B, 1]
  return { ...evidenceOf(features, presence, labels, config.dropout, "title"), attention };
}

/** [B, 1] -> smooth steps at learned years [B, Y], all zero when the year is unknown. */
function yearSteps(year: SymbolicTensor) {
  const known = tf.layers.reLU({ maxValue: 1, name: "year_known" }).apply(year) as SymbolicTensor;
  const centred = tf.layers
    .rescaling({ scale: 1 / YEAR_SPREAD, offset: -YEAR_CENTRE / YEAR_SPREAD, name: "year_centred" })
    .apply(year);
  const steps = tf.layers
    .dense({ units: YEAR_FEATURES, activation: "tanh", name: "year_steps" })
    .apply(centred);
  const features = tf.layers
    .multiply({ name: "year_features" })
    .apply([steps as SymbolicTensor, known]) as SymbolicTensor;
  return { features, known };
}

/** tanh(steepness * (year - threshold)), with thresholds spread evenly over the film years. */
export function yearStepWeights(): Map<string, Float32Array> {
  const steepness = 4;
  const threshold = (i: number) => -3 + (4.2 * i) / (YEAR_FEATURES - 1); // 1920 to 2004
  return new Map([
    ["year_steps/kernel", new Float32Array(YEAR_FEATURES).fill(steepness)],
    [
      "year_steps/bias",
      Float32Array.from({ length: YEAR_FEATURES }, (_, i) => -steepness * threshold(i)),
    ],
  ]);
}
