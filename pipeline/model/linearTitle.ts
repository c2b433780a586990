/**
 * The linear title encoder: one logistic regression per label on the TF-IDF of words and n-grams, on the release year and
 * optionally on pretrained word vectors. The problem is convex, so it is fitted by Newton's method instead of in epochs; on
 * a few thousand titles it beats every encoder that learns its own vectors.
 *
 * Shapes: B batch, W words, P pieces per word, T = W P, L labels, Y year features, D dimensions of a word vector.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import { connect } from "./connect.ts";
import { equalShares, type TitleTower } from "./parts.ts";
import { centredYear, titleMasks, YEAR_CENTRE } from "./titleMasks.ts";
import { learnedIds, wordFeatures } from "./wordVectors.ts";

/** Bump functions over the release year: one every five years from 1920 to 2000. */
const YEAR_BUMPS = 17;
const FIRST_BUMP = 1920;
const BUMP_INTERVAL = 5;
/** Years from a bump's centre to where it has fallen to 0.42. */
const BUMP_WIDTH = 6;

/** Far below the variance of any title's weights: the smallest positive weight is about 1. */
const EPSILON = 1e-12;

export interface LinearTitle extends TitleTower {
  /** TF-IDF of each token, scaled to a vector of length 1 [B, T]. */
  readonly terms: SymbolicTensor;
  /** Year and word vectors [B, Y] or [B, Y + 3 D]. */
  readonly features: SymbolicTensor;
}

export interface LinearTitleParts {
  readonly spec: TitleSpec;
  /** Pretrained word vectors. */
  readonly words: WordVectorFit | undefined;
  readonly labels: number;
}

/**
 * @param tokens int32 [B, W, P]
 * @param year float32 [B, 1], 0 if unknown
 */
export function linearTitle(
  tokens: SymbolicTensor,
  year: SymbolicTensor,
  { spec, words, labels }: LinearTitleParts,
): LinearTitle {
  const masks = titleMasks(tokens, year);
  const ids = words ? learnedIds(tokens, spec) : tokens;
  const size = spec.maxWords * spec.piecesPerWord;
  const terms = unitLength(termWeights(ids, spec), size);
  const bumps = yearBumps(year, masks.year);
  const features = words
    ? connect(tf.layers.concatenate({ name: "title_features" }), [
        bumps,
        wordFeatures(tokens, equalShares(masks.word, "title_word_share"), words, spec),
      ])
    : bumps;

  const perTerm = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + 1,
      outputDim: labels,
      // Fitted, not trained: random numbers for every token and label would be drawn only to be replaced.
      embeddingsInitializer: "zeros",
      name: "title_term_logits",
    }),
    ids,
  );
  const flat = connect(
    tf.layers.reshape({ targetShape: [size, labels], name: "title_flat_logits" }),
    perTerm,
  );
  const ofTerms = connect(tf.layers.dot({ axes: [1, 1], name: "title_terms_sum" }), [terms, flat]);
  const ofFeatures = connect(tf.layers.dense({ units: labels, name: "title_logits" }), features);
  const unmasked = connect(tf.layers.add({ name: "title_sum" }), [ofTerms, ofFeatures]);
  const logits = connect(tf.layers.multiply({ name: "title_evidence" }), [
    unmasked,
    masks.presence,
  ]);
  const attention = sharesOfWords(terms, spec);
  return { logits, presence: masks.presence, attention, terms, features };
}

/** Inverse document frequency of every token [B, T]. */
function termWeights(ids: SymbolicTensor, spec: TitleSpec): SymbolicTensor {
  const weights = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + 1,
      outputDim: 1,
      trainable: false,
      name: "title_term_weights",
    }),
    ids,
  );
  return connect(
    tf.layers.reshape({
      targetShape: [spec.maxWords * spec.piecesPerWord],
      name: "title_flat_weights",
    }),
    weights,
  );
}

/**
 * x / |x| [B, T]. Layers have no division, but (x, -x) has mean 0 and standard deviation |x| / sqrt(n), so that layer
 * normalisation divides by the length.
 */
function unitLength(x: SymbolicTensor, size: number): SymbolicTensor {
  const negated = connect(tf.layers.rescaling({ scale: -1, name: "title_negated" }), x);
  const both = connect(tf.layers.concatenate({ name: "title_both_signs" }), [x, negated]);
  const scaled = connect(
    tf.layers.layerNormalization({
      center: false,
      scale: false,
      epsilon: EPSILON,
      name: "title_length",
    }),
    both,
  );
  const rows = connect(
    tf.layers.reshape({ targetShape: [2, size, 1], name: "title_signs_apart" }),
    scaled,
  );
  const first = connect(
    tf.layers.cropping2D({
      cropping: [
        [0, 1],
        [0, 0],
      ],
      name: "title_positive",
    }),
    rows,
  );
  const row = connect(
    tf.layers.reshape({ targetShape: [size], name: "title_positive_row" }),
    first,
  );
  return connect(tf.layers.rescaling({ scale: 1 / Math.sqrt(size), name: "title_terms" }), row);
}

/** Share of each word's tokens in the squared length of the terms, as attention [B, W]. */
function sharesOfWords(terms: SymbolicTensor, spec: TitleSpec): SymbolicTensor {
  const { maxWords, piecesPerWord } = spec;
  const squares = connect(tf.layers.multiply({ name: "title_squares" }), [terms, terms]);
  const perWord = connect(
    tf.layers.reshape({ targetShape: [maxWords, piecesPerWord], name: "title_squares_by_word" }),
    squares,
  );
  const transposed = connect(
    tf.layers.permute({ dims: [2, 1], name: "title_squares_turned" }),
    perWord,
  );
  const means = connect(
    tf.layers.globalAveragePooling1d({ name: "title_squares_mean" }),
    transposed,
  );
  return connect(tf.layers.rescaling({ scale: piecesPerWord, name: "title_attention" }), means);
}

/** 1 - tanh(distance)^2 around every fifth year [B, Y], all zero if the year is unknown. */
function yearBumps(year: SymbolicTensor, known: SymbolicTensor): SymbolicTensor {
  const steps = connect(
    tf.layers.dense({
      units: YEAR_BUMPS,
      activation: "tanh",
      trainable: false,
      name: "year_distances",
    }),
    centredYear(year),
  );
  const squares = connect(tf.layers.multiply({ name: "year_squares" }), [steps, steps]);
  const bumps = connect(tf.layers.rescaling({ scale: -1, offset: 1, name: "year_bumps" }), squares);
  return connect(tf.layers.multiply({ name: "year_features" }), [bumps, known]);
}

/** Weights that are not learned: inverse document frequencies, and the bumps over the years. */
export function linearTitleWeights(termWeights: Float32Array): Map<string, Float32Array> {
  return new Map([
    ["title_term_weights/embeddings", termWeights],
    ["year_distances/kernel", new Float32Array(YEAR_BUMPS).fill(1 / BUMP_WIDTH)],
    [
      "year_distances/bias",
      Float32Array.from(
        { length: YEAR_BUMPS },
        (_, i) => (YEAR_CENTRE - FIRST_BUMP - BUMP_INTERVAL * i) / BUMP_WIDTH,
      ),
    ],
  ]);
}

/** Scale of the year features. Like the next two, chosen on folds of MovieLens-1M. */
const YEAR_SCALE = 1.5;
/** Scale of the mean of the word vectors. */
const MEAN_SCALE = 1 / 3;
/** Scale of their largest and smallest values. */
const EXTREME_SCALE = 1 / 6;

/** Scale of each of `features` in the fit: a smaller scale means stronger regularisation. */
export function linearTitleScales(features: number): Float64Array {
  const dimensions = (features - YEAR_BUMPS) / 3;
  return Float64Array.from({ length: features }, (_, i) => {
    if (i < YEAR_BUMPS) return YEAR_SCALE;
    return i < YEAR_BUMPS + dimensions ? MEAN_SCALE : EXTREME_SCALE;
  });
}
