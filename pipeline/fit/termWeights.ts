/** Weights of a text's tokens: rare tokens weigh more. */

import type { TextFeatures } from "../../predictor/inputs/text.ts";
import { FIRST_WORD_ID, type TitleSpec, tokenCount } from "../../predictor/preprocess/title.ts";
import type { EncodedMovie } from "./prepare.ts";

/**
 * Inverse document frequency of every token id, ln((1 + N) / (1 + titles with the token)) + 1 (scikit-learn's
 * `TfidfVectorizer`, smooth idf), of words times their own weight.
 *
 * @param texts Names of the inputs whose texts are one document together.
 * @param wordWeight How often a word counts beside an n-gram, > 0.
 * @returns [tokenCount + 1]; 0 for padding, for unknown words, and at the last index, which stands for words that have
 *   only a pretrained vector.
 */
export function fitTermWeights(
  movies: readonly Pick<EncodedMovie, "features">[],
  texts: readonly string[],
  spec: TitleSpec,
  wordWeight = 1,
): Float32Array {
  const tokens = tokenCount(spec);
  const titles = new Float64Array(tokens);
  for (const { features } of movies) {
    const found = new Set(texts.flatMap((text) => [...(features[text] as TextFeatures).tokens]));
    for (const token of found) if (token < tokens) titles[token]!++;
  }
  const weights = new Float32Array(tokens + 1);
  const firstBucket = FIRST_WORD_ID + spec.vocabulary.length;
  for (let token = FIRST_WORD_ID; token < tokens; token++) {
    const weight = token < firstBucket ? wordWeight : 1;
    weights[token] = weight * (Math.log((1 + movies.length) / (1 + titles[token]!)) + 1);
  }
  return weights;
}
