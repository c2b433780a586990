/** Fits a text's vocabulary, word vectors and the weights of its terms. */

import { InputError } from "../../../predictor/errors.ts";
import { readWords, type TextSpec, wordsOf } from "../../../predictor/inputs/text.ts";
import { groupOf } from "../../../predictor/item.ts";
import { countTexts, defaultMaxWords } from "../../dataset/cutTexts.ts";
import type { LabelledMovie } from "../../dataset/dataset.ts";
import { type DeclaredInputs, textNames, textOf } from "../../dataset/inputs.ts";
import { snapRows } from "../../fit/grid.ts";
import type { FitContext, InputFit } from "../../fit/inputFit.ts";
import { fitTermWeights } from "../../fit/termWeights.ts";
import { fitTokenizer } from "../../fit/tokenizer.ts";
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
import { hasNgrams, keptWords, repeatsOf, type TextOptions, wordWeightOf } from "./options.ts";

export interface TextInput {
  readonly type: "text";
  readonly spec: TextSpec;
  readonly options: TextOptions;
  readonly words?: WordVectorFit | undefined;
  /** Files of its backbone for the bundle: contents by name. */
  readonly files?: Readonly<Record<string, string>> | undefined;
  /** How often a word of the text counts, in the linear encoder; default: 1. */
  readonly weight?: number | undefined;
  /** Names of the texts of its group, in order, itself among them; default: itself alone. */
  readonly texts?: readonly string[] | undefined;
  /** Warnings for the user. */
  readonly notes?: readonly string[] | undefined;
  /** Inverse document frequency per token id, see `fitTermWeights`. */
  readonly termWeights: Float32Array;
}

type Draft = Omit<TextInput, "termWeights">;
type GroupedText = DeclaredText & { readonly group?: string | undefined };

export const text: InputFit<GroupedText, TextInput, Draft> = {
  fit: fitText,
  finish: (name, draft, movies) => ({
    ...draft,
    termWeights: fitTermWeights(
      movies,
      draft.texts ?? [name],
      draft.spec,
      wordWeightOf(draft.options),
    ),
  }),
  join(texts) {
    const [first] = texts as [TextInput];
    const maxWords = texts.reduce((sum, { spec }) => sum + spec.maxWords, 0);
    return { ...first, spec: { ...first.spec, maxWords } };
  },
};

/** The texts that a text is read together with, in order. */
function textsBeside(name: string, group: string | undefined, inputs: DeclaredInputs): string[] {
  if (group === undefined) return [name];
  return textNames(inputs).filter((other) => groupOf(other, inputs[other]!) === group);
}

async function fitText(
  name: string,
  { form, spaces, maxCharacters, group, weight }: GroupedText,
  { config, dataset, seen, training, target, basis }: FitContext,
): Promise<Draft> {
  const options = optionsOf(config, group ?? name, "text");
  // Texts that are read together have one vocabulary: that of the documents that they make together.
  const names = textsBeside(name, group, dataset.inputs);
  if (options.backboneRole === "teacher" && group !== undefined)
    throw new InputError(
      `${group}.backboneRole`,
      `is teacher, which needs a text of its own; ${names.join(" and ")} are read together`,
    );
  const textsOf = (movies: readonly LabelledMovie[]) =>
    movies.map((movie) => names.flatMap((text) => wordsOf(textOf(movie, text), { form })));
  const texts = textsOf(seen);
  const vocabulary = fitVocabulary(texts, options.minTitles);
  const words = await fitWords(name, texts, vocabulary, options, {
    texts: textsOf(training),
    target,
    targets: () => training.map((movie) => rulesOf(target).encode(movie, target)),
    // With a basis, all folds need the same words, whatever their labels. A teacher reads no more words than are kept.
    choose: basis === undefined && options.backboneRole === "encoder",
  });
  const tokenizer =
    options.backbone === undefined || options.backboneRole === "teacher"
      ? undefined
      : await fitTokenizer(group ?? name, options.backbone);
  const { piecesPerWord, ngramMin: min, ngramMax: max, buckets } = options;
  const repeats = repeatsOf(form, options) === "all" ? {} : { repeats: "doubling" as const };
  const maxWords =
    options.maxWords ??
    defaultMaxWords(keptWords({ form, spaces }), () =>
      countTexts(seen.map((movie) => readWords(textOf(movie, name), { form, ...repeats }).length)),
    );
  const spec = {
    type: "text" as const,
    ...(group === undefined ? {} : { group }),
    form,
    maxCharacters,
    ...repeats,
    maxWords,
    piecesPerWord,
    vocabulary,
    vectorWords: words?.words ?? [],
    ngrams: { min, max, buckets },
    ...(tokenizer ? { tokenizer: tokenizer.spec } : {}),
  };
  return {
    ...{
      type: "text" as const,
      spec,
      options,
      words,
      files: tokenizer?.files,
      weight,
      texts: names,
    },
    notes: notesOf(group ?? name, options),
  };
}

/** @param section Of the options. */
function notesOf(section: string, options: TextOptions): string[] {
  const { buckets, piecesPerWord } = options;
  if (buckets === 0 || hasNgrams(options)) return [];
  return [
    `--${section}-buckets ${buckets} has no effect: of each word, ${piecesPerWord} piece is read, the word itself; raise --${section}-pieces-per-word, for instance to 24, for n-grams, or set the buckets to 0`,
  ];
}

/** Candidate words read per word kept. */
const CANDIDATES = 5;

interface Labelled {
  /** Whether labels may influence which words are kept. */
  readonly choose: boolean;
  readonly texts: Supervision["texts"];
  readonly target: FittedTarget;
  /** Targets of the same movies; called where words are chosen or projected by labels. */
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
  const fit = fitWordVectors(texts, vocabulary, vectors, supervision);
  // What a teacher puts beside them shares the rows' grids.
  if (options.backboneRole === "encoder")
    snapRows(fit.table, fit.dimensions, options.embeddingsBits);
  return fit;
}
