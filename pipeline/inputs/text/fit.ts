/** Fits a text's vocabulary, word vectors and the weights of its terms. */

import { type TextSpec, wordsOf } from "../../../predictor/inputs/text.ts";
import type { LabelledMovie } from "../../dataset/dataset.ts";
import { textOf } from "../../dataset/inputs.ts";
import type { FitContext, InputFit } from "../../fit/inputFit.ts";
import { fitTermWeights } from "../../fit/termWeights.ts";
import { fitVocabulary } from "../../fit/vocabulary.ts";
import {
  fitWordVectors,
  readWordVectors,
  type Supervision,
  type WordVectorFit,
} from "../../fit/wordVectors.ts";
import type { FittedTarget } from "../../targets/targetRules.ts";
import { rulesOf } from "../../targets/types.ts";
import { optionsOf } from "../options.ts";
import type { DeclaredText } from "./data.ts";
import type { TextOptions } from "./options.ts";

export interface TextInput {
  readonly type: "text";
  readonly spec: TextSpec;
  readonly options: TextOptions;
  readonly words?: WordVectorFit | undefined;
  /** Inverse document frequency per token id, see `fitTermWeights`. */
  readonly termWeights: Float32Array;
}

type Draft = Omit<TextInput, "termWeights">;

export const text: InputFit<DeclaredText, TextInput, Draft> = {
  fit: fitText,
  finish: (name, draft, movies) => ({
    ...draft,
    termWeights: fitTermWeights(movies, name, draft.spec),
  }),
};

async function fitText(
  name: string,
  { form, maxCharacters }: DeclaredText,
  { config, seen, training, target, basis }: FitContext,
): Promise<Draft> {
  const options = optionsOf(config, name, "text");
  const textsOf = (movies: readonly LabelledMovie[]) =>
    movies.map((movie) => wordsOf(textOf(movie, name), { form }));
  const texts = textsOf(seen);
  const vocabulary = fitVocabulary(texts, options.minTitles);
  const words = await fitWords(name, texts, vocabulary, options, {
    texts: textsOf(training),
    target,
    targets: () => training.map((movie) => rulesOf(target).encode(movie, target)),
    // With a basis, all folds need the same words, whatever their labels.
    choose: basis === undefined,
  });
  const { maxWords, piecesPerWord, ngramMin: min, ngramMax: max, buckets } = options;
  const spec = {
    type: "text" as const,
    form,
    maxCharacters,
    maxWords,
    piecesPerWord,
    vocabulary,
    vectorWords: words?.words ?? [],
    ngrams: { min, max, buckets },
  };
  return { type: "text", spec, options, words };
}

/** Candidate words read per word kept. */
const CANDIDATES = 5;

interface Labelled {
  /** Whether labels may influence which words are kept. */
  readonly choose: boolean;
  readonly texts: Supervision["texts"];
  readonly target: FittedTarget;
  /** Of the same movies; called where words are chosen or projected by labels. */
  readonly targets: () => Supervision["targets"];
}

async function fitWords(
  name: string,
  texts: readonly (readonly string[])[],
  vocabulary: readonly string[],
  options: TextOptions,
  { choose, texts: labelled, target, targets }: Labelled,
): Promise<WordVectorFit | undefined> {
  const { embeddings, embeddingsDimensions: dimensions, embeddingsWords: others } = options;
  if (embeddings === undefined) return undefined;
  const project = dimensions > 0;
  const vectors = await readWordVectors(embeddings, {
    wanted: new Set(texts.flat()),
    others: others * (project && choose ? CANDIDATES : 1),
    field: `${name}.embeddings`,
  });
  const supervision = project
    ? { texts: labelled, target, targets: targets(), dimensions, others }
    : undefined;
  return fitWordVectors(texts, vocabulary, vectors, supervision);
}
