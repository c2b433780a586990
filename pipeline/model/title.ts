/**
 * Title tower: words and n-grams, weighted, as a bag or read in order, with the release year.
 *
 * Shapes: B batch, W words, P pieces per word, D dimensions of a token, Y year features.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { Config } from "../config/schema.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import { type Attended, attend } from "./attention.ts";
import { connect } from "./connect.ts";
import { encodeWords, wordVectors } from "./encoder.ts";
import { linearTitle } from "./linearTitle.ts";
import { equalShares, logitsOf, type TitleTower } from "./parts.ts";
import { centredYear, titleMasks } from "./titleMasks.ts";
import { learnedIds, wordFeatures } from "./wordVectors.ts";

/** Sigmoid steps over the release year. */
const YEAR_FEATURES = 16;
/** Puts most of the film years within -2..2. */
const YEAR_SPREAD = 20;

/**
 * @param tokens int32 [B, W, P]
 * @param year float32 [B, 1], 0 when unknown
 * @param words Word vectors from elsewhere, used beside the learned ones.
 */
export function titleTower(
  tokens: SymbolicTensor,
  year: SymbolicTensor,
  spec: TitleSpec,
  words: WordVectorFit | undefined,
  config: Config["title"],
  labels: number,
): TitleTower {
  if (config.encoder === "linear") return linearTitle(tokens, year, spec, words, labels);
  const D = config.dimensions;

  const masks = titleMasks(tokens, year);

  const vectors = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + (words ? 1 : 0),
      outputDim: D,
      name: "title_embedding",
    }),
    words ? learnedIds(tokens, spec) : tokens,
  ); // [B, W, P, D]

  // A word is the mean of its pieces.
  const shares = equalShares(masks.piece, "title_piece_share"); // [B, W, P]

  // Without attention, every word has the same share of it.
  const wordShares = equalShares(
    masks.word,
    config.attention === "none" ? "title_attention" : "title_word_share",
  ); // [B, W]

  const ordered = config.encoder !== "bag" || config.attention !== "none";
  const { vector: title, attention } = ordered
    ? readInOrder(vectors, shares, masks.word, wordShares, config)
    : { vector: bagOfPieces(vectors, shares, wordShares), attention: wordShares };

  const yearFeatures = yearSteps(year, masks.year);
  const features = connect(tf.layers.concatenate({ name: "title_features" }), [
    title,
    yearFeatures,
    ...(words ? [wordFeatures(tokens, wordShares, words, spec)] : []),
  ]); // [B, D + Y], with word vectors also their 3 dimensions
  return { ...logitsOf(features, masks.presence, labels, config.dropout, "title"), attention };
}

/** The mean of the words' means [B, D]: one sum over all pieces, without a vector per word. */
function bagOfPieces(
  vectors: SymbolicTensor,
  shares: SymbolicTensor,
  wordShares: SymbolicTensor,
): SymbolicTensor {
  const [, W, P, D] = vectors.shape as [null, number, number, number];
  const reshape = (name: string, targetShape: number[], x: SymbolicTensor) =>
    connect(tf.layers.reshape({ targetShape, name }), x);
  const weights = connect(tf.layers.multiply({ name: "title_piece_weights" }), [
    shares,
    reshape("title_attention_column", [W, 1], wordShares),
  ]);
  return connect(tf.layers.dot({ axes: [1, 1], name: "title_vector" }), [
    reshape("title_flat_weights", [W * P], weights),
    reshape("title_flat_vectors", [W * P, D], vectors),
  ]);
}

function readInOrder(
  vectors: SymbolicTensor,
  shares: SymbolicTensor,
  mask: SymbolicTensor,
  wordShares: SymbolicTensor,
  config: Config["title"],
): Attended {
  const [, words, pieces, dimensions] = vectors.shape as [null, number, number, number];
  const rows = wordVectors(vectors, shares, { words, pieces, dimensions });
  return attend(encodeWords(rows, mask, wordShares, config), mask, wordShares, config);
}

/** [B, 1] -> smooth steps at learned years [B, Y], all zero when the year is unknown. */
function yearSteps(year: SymbolicTensor, known: SymbolicTensor): SymbolicTensor {
  const steps = connect(
    tf.layers.dense({ units: YEAR_FEATURES, activation: "tanh", name: "year_steps" }),
    centredYear(year),
  );
  return connect(tf.layers.multiply({ name: "year_features" }), [steps, known]);
}

/** tanh(steepness * (year - threshold)), with thresholds spread evenly over the film years. */
export function yearStepWeights(): Map<string, Float32Array> {
  const steepness = 4;
  const threshold = (i: number) => -3 + (4.2 * i) / (YEAR_FEATURES - 1); // 1920 to 2004
  return new Map([
    ["year_steps/kernel", new Float32Array(YEAR_FEATURES).fill(steepness / YEAR_SPREAD)],
    [
      "year_steps/bias",
      Float32Array.from({ length: YEAR_FEATURES }, (_, i) => -steepness * threshold(i)),
    ],
  ]);
}
