/**
 * The linear text encoder: one logistic regression per label on the TF-IDF of words and n-grams, and optionally on a number
 * beside the text (the release year of a title) and on pretrained word vectors. The problem is convex, so it is fitted by
 * Newton's method instead of in epochs; on a few thousand titles it beats every encoder that learns its own vectors.
 *
 * Shapes: B batch, W words, P pieces per word, T = W P, L labels, N features of the number, D dimensions of a word vector.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { tokenCount } from "../../predictor/preprocess/title.ts";
import { besideBumps } from "../inputs/number/beside.ts";
import { connect } from "./connect.ts";
import { equalShares, someRows, type TextTower, unitLength } from "./parts.ts";
import { textMasks } from "./textMasks.ts";
import { placesOf, type TextParts } from "./textParts.ts";
import type { Weights } from "./weights.ts";
import { learnedIds, wordFeatures } from "./wordVectors.ts";

export interface LinearText extends TextTower {
  /** TF-IDF of each token, scaled to a vector of length 1 [B, T]. */
  readonly terms: SymbolicTensor;
  /**
   * The number, or where there is none the text's presence, word vectors, and a backbone's features: [B, N] or [B, 1], plus
   * 3 D, plus F.
   */
  readonly features: SymbolicTensor;
}

/** @param tokens int32 [B, W, P] */
export function linearText(tokens: SymbolicTensor, parts: TextParts): LinearText {
  const { input, number, spec, words, labels } = parts;
  const masks = textMasks(parts, tokens);
  const ids = words ? learnedIds(parts, tokens) : tokens;
  const size = spec.maxWords * spec.piecesPerWord;
  const terms = unitLength(weighed(parts, termWeights(parts, ids)), size, {
    prefix: input,
    name: `${input}_terms`,
  });
  const bumps = number ? besideBumps(number, masks.number!) : masks.presence;
  const known = [
    bumps,
    ...(words
      ? [wordFeatures(parts, words, tokens, equalShares(masks.word, `${input}_word_share`))]
      : []),
    ...(parts.pretrained ? [parts.pretrained] : []),
  ];
  const features =
    known.length === 1
      ? bumps
      : connect(tf.layers.concatenate({ name: `${input}_features` }), known);

  const perTerm = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + 1,
      outputDim: labels,
      // Fitted, not trained: random numbers for every token and label would be drawn only to be replaced.
      embeddingsInitializer: "zeros",
      name: `${input}_term_logits`,
    }),
    ids,
  );
  const flat = connect(
    tf.layers.reshape({ targetShape: [size, labels], name: `${input}_flat_logits` }),
    perTerm,
  );
  const ofTerms = connect(tf.layers.dot({ axes: [1, 1], name: `${input}_terms_sum` }), [
    terms,
    flat,
  ]);
  const ofFeatures = connect(tf.layers.dense({ units: labels, name: `${input}_logits` }), features);
  const unmasked = connect(tf.layers.add({ name: `${input}_sum` }), [ofTerms, ofFeatures]);
  const logits = connect(tf.layers.multiply({ name: `${input}_evidence` }), [
    unmasked,
    masks.presence,
  ]);
  const attention = sharesOfWords(parts, terms);
  return { logits, presence: masks.presence, attention, terms, features };
}

/** Inverse document frequency of every token [B, T]. */
function termWeights({ input, spec }: TextParts, ids: SymbolicTensor): SymbolicTensor {
  const weights = connect(
    tf.layers.embedding({
      inputDim: tokenCount(spec) + 1,
      outputDim: 1,
      trainable: false,
      name: `${input}_term_weights`,
    }),
    ids,
  );
  return connect(
    tf.layers.reshape({
      targetShape: [spec.maxWords * spec.piecesPerWord],
      name: `${input}_flat_weights`,
    }),
    weights,
  );
}

/** The weights of every text's tokens times the text's own [B, T]. */
function weighed({ input, texts, spec }: TextParts, weights: SymbolicTensor): SymbolicTensor {
  // The length of one text's terms is 1 whatever its weight.
  if (texts.length === 1 || texts.every(({ weight }) => weight === 1)) return weights;
  const pieces = spec.piecesPerWord;
  const scaled = placesOf(texts).map(({ first, rows }, i) => {
    const { name, weight } = texts[i]!;
    const place = { first: first * pieces, rows: rows * pieces };
    const own = someRows(weights, place, `${name}_weights`);
    return connect(tf.layers.rescaling({ scale: weight, name: `${name}_weighed` }), own);
  });
  return connect(tf.layers.concatenate({ name: `${input}_weighed_texts` }), scaled);
}

/** Share of each word's tokens in the squared length of the terms, as attention [B, W]. */
function sharesOfWords({ input, spec }: TextParts, terms: SymbolicTensor): SymbolicTensor {
  const { maxWords, piecesPerWord } = spec;
  const squares = connect(tf.layers.multiply({ name: `${input}_squares` }), [terms, terms]);
  const perWord = connect(
    tf.layers.reshape({ targetShape: [maxWords, piecesPerWord], name: `${input}_squares_by_word` }),
    squares,
  );
  const transposed = connect(
    tf.layers.permute({ dims: [2, 1], name: `${input}_squares_turned` }),
    perWord,
  );
  const means = connect(
    tf.layers.globalAveragePooling1d({ name: `${input}_squares_mean` }),
    transposed,
  );
  return connect(tf.layers.rescaling({ scale: piecesPerWord, name: `${input}_attention` }), means);
}

/** Weights that are not learned: inverse document frequencies. */
export function linearTextWeights(input: string, termWeights: Float32Array): Weights {
  return new Map([[`${input}_term_weights/embeddings`, termWeights]]);
}

/** Scale of the features of the number. Like the next two, chosen on folds of MovieLens-1M. */
const NUMBER_SCALE = 1.5;
/** Scale of the mean of the word vectors. */
const MEAN_SCALE = 1 / 3;
/** Scale of their largest and smallest values. */
const EXTREME_SCALE = 1 / 6;

/** Scale of a backbone's features together, whose squares have the mean 1 each. */
const PRETRAINED_SCALE = 1;

export interface FeatureCounts {
  /** Features of the number beside the text; 0 without. */
  readonly numbers: number;
  /** Dimensions of a word vector; 0 without. */
  readonly dimensions: number;
  /** Features of a backbone; 0 without. */
  readonly pretrained?: number;
}

/** Scale of each feature in the fit: a smaller scale means stronger regularisation. */
export function linearTextScales({
  numbers,
  dimensions,
  pretrained = 0,
}: FeatureCounts): Float64Array {
  // The text's presence, which stands for the number where there is none, is the intercept's: it is 1 for every text.
  const first = numbers > 0 ? new Float64Array(numbers).fill(NUMBER_SCALE) : [0];
  const ofWords = Array.from({ length: 3 * dimensions }, (_, i) =>
    i < dimensions ? MEAN_SCALE : EXTREME_SCALE,
  );
  const ofBackbone = new Float64Array(pretrained).fill(PRETRAINED_SCALE / Math.sqrt(pretrained));
  return Float64Array.of(...first, ...ofWords, ...ofBackbone);
}
