/** Training batches of texts, with dropped tokens. */

import type { TextFeatures } from "../../../predictor/inputs/text.ts";
import { PADDING_ID } from "../../../predictor/preprocess/title.ts";
import type { Random } from "../../common/random.ts";
import type { EncodedMovie } from "../../fit/prepare.ts";
import type { BackboneFeatures } from "../../train/backboneFeatures.ts";
import { collated, type MakeInputs } from "../../train/inputBatches.ts";
import { idsKey } from "../../train/textFeatures.ts";
import type { TextInput } from "./fit.ts";

export const text: MakeInputs<TextInput> = ({ parts, number, main }, movies, source, random) => {
  const texts = parts.flatMap(({ name, main: { spec } }) => {
    const [tokens] = collated(name, { spec }, movies) as [Int32Array];
    if (random) dropTokens(tokens, main.spec.piecesPerWord, main.options.tokenDropout, random);
    const features = source.features?.[name];
    return features ? [tokens, pretrained(name, movies, features)] : [tokens];
  });
  return [...texts, ...(number ? collated(number.name, number.main, movies) : [])];
};

/** What the backbone makes of each text [movies, features]. */
function pretrained(
  name: string,
  movies: readonly EncodedMovie[],
  features: BackboneFeatures,
): Float32Array {
  const values = new Float32Array(movies.length * features.size);
  for (const [i, movie] of movies.entries()) {
    const { ids } = (movie.features as Record<string, TextFeatures>)[name]!;
    features.read(idsKey(ids!), 0, values, i * features.size);
  }
  return values;
}

/** Drops whole words at random, and n-grams of the remaining words with the same probability. */
function dropTokens(tokens: Int32Array, pieces: number, rate: number, random: Random): void {
  if (rate === 0) return;
  for (let start = 0; start < tokens.length; start += pieces) {
    if (tokens[start] === PADDING_ID) continue;
    const word = tokens.subarray(start, start + pieces);
    if (random.next() < rate) {
      word.fill(PADDING_ID);
      continue;
    }
    // The first piece, the word itself, stays: it marks the word as present.
    for (let p = 1; p < pieces && word[p] !== PADDING_ID; p++) {
      if (random.next() < rate) word[p] = PADDING_ID;
    }
  }
}
