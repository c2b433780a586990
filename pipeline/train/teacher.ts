/**
 * Vectors of words that a pretrained encoder of texts teaches: what its regression on whole texts says of each word alone.
 * The published graph looks the words up and goes without the encoder, which may be a hundred times as large.
 */

import { readable, type TextSpec, wordsOf } from "../../predictor/inputs/text.ts";
import { FIRST_WORD_ID } from "../../predictor/preprocess/title.ts";
import { concatenate } from "../common/matrix.ts";
import type { LabelledMovie } from "../dataset/dataset.ts";
import { textOf } from "../dataset/inputs.ts";
import { snapRows } from "../fit/grid.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { fitTokenizer } from "../fit/tokenizer.ts";
import { fitWordVectors, readWordVectors, type WordVectorFit } from "../fit/wordVectors.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { loadOnnxBackbone } from "../model/onnx/load.ts";
import { denseRows, dot } from "../regression/sparseRows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";

/** C of the teacher's regression, on vectors of about length 1; chosen on folds of MovieLens-1M. */
const INVERSE_REGULARISATION = 1;

/** The encoder with its tokenizer, of which the bundle has neither. */
export async function openTeacher(
  name: string,
  { options, spec }: Pick<TextInput, "options" | "spec">,
) {
  const backbone = options.backbone!;
  const { tokenize, spec: tokenizer } = await fitTokenizer(name, backbone);
  return {
    tokenize,
    backbone: await loadOnnxBackbone(name, { ...options, backbone }, { ...spec, tokenizer }),
  };
}

/**
 * The words that a teacher reads: those of the movies' texts, and as many others as are kept, the first ones of the
 * embeddings' file. They depend on nothing that differs between folds, which share a cache file, and have all that any of
 * them keeps.
 */
export async function wordsToTeach(
  { embeddings, embeddingsWords }: TextOptions,
  name: string,
  form: TextSpec["form"],
  movies: readonly LabelledMovie[],
): Promise<string[]> {
  const ofTexts = new Set(movies.flatMap((movie) => wordsOf(textOf(movie, name), { form })));
  const { vectors } = await readWordVectors(embeddings!, {
    wanted: ofTexts,
    others: embeddingsWords,
    field: `${name}.embeddings`,
  });
  return [...new Set([...vectors.keys(), ...ofTexts])];
}

export interface Lesson {
  readonly name: string;
  /** With word vectors. */
  readonly input: TextInput;
  readonly training: readonly EncodedMovie[];
  readonly target: FittedTarget;
  /** Words that the encoder read; others get zeros. */
  readonly wanted: readonly string[];
  /** The encoder's vector of a text. */
  readonly read: (text: string) => Float32Array;
}

/**
 * Fits the target's regression to the encoder's vectors of the training movies' texts, and applies it to its vector of each
 * word: a number per output. These are projected and scaled like any word vectors, and stand beside those in the table.
 */
export function teachWords({ name, input, training, target, wanted, read }: Lesson): WordVectorFit {
  const { spec, options } = input;
  const words = input.words!;
  const { form } = spec;
  const sources = training.map(({ source }) => source);
  const apply = teacherOf(
    sources.map((movie) => read(readable(textOf(movie, name), { form }))),
    training,
    target,
  );
  const known = new Set(wanted);
  const rows = [...spec.vocabulary, ...words.words];
  const outputs = target.prior.length;
  const vectors = new Map(
    rows.map((word) => [word, known.has(word) ? apply(read(word)) : new Float32Array(outputs)]),
  );
  const texts = sources.map((movie) => wordsOf(textOf(movie, name), { form }));
  const taught = fitWordVectors(
    texts,
    spec.vocabulary,
    { dimensions: outputs, vectors },
    {
      texts,
      target,
      targets: training.map((movie) => movie.target),
      dimensions: options.embeddingsDimensions,
      others: words.words.length,
    },
  );
  return sideBySide(words, taught, FIRST_WORD_ID + rows.length, options.embeddingsBits);
}

/** @returns Outputs of a vector, up to a constant. */
function teacherOf(
  vectors: readonly Float32Array[],
  movies: readonly EncodedMovie[],
  target: FittedTarget,
): (vector: Float32Array) => Float32Array {
  const length = vectors.reduce((sum, v) => sum + Math.hypot(...v), 0) / vectors.length || 1;
  const values = concatenate(vectors, new Float32Array(0));
  const rows = denseRows(
    Float64Array.from(values, (x) => x / length),
    vectors[0]!.length,
  );
  const outputs = target.prior.length;
  const models = [
    ...rulesOf(target).regress(rows, targetsOf(movies), outputs, INVERSE_REGULARISATION),
  ];
  return (vector) => {
    const exact = Float64Array.from(vector);
    return Float32Array.from(models, ({ weights }) => dot(weights, exact));
  };
}

/** The dimensions of both, on one grid per row. */
function sideBySide(
  own: WordVectorFit,
  taught: WordVectorFit,
  rows: number,
  bits: number,
): WordVectorFit {
  const dimensions = own.dimensions + taught.dimensions;
  const table = new Float32Array(rows * dimensions);
  for (let row = 0; row < rows; row++) {
    for (const [part, shift] of [[own, 0] as const, [taught, own.dimensions] as const]) {
      const { table: from, dimensions: D } = part;
      table.set(from.subarray(row * D, (row + 1) * D), row * dimensions + shift);
    }
  }
  snapRows(table, dimensions, bits);
  return { words: own.words, table, dimensions, taught: taught.dimensions };
}
