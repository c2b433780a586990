/**
 * Vectors of words that a pretrained encoder of texts teaches: what its regression on whole texts says of each word alone,
 * moved towards what it says of the training texts that have the word. The published graph looks the words up and goes
 * without the encoder, which may be a hundred times as large.
 */

import { readable, type TextSpec, wordsOf } from "../../predictor/inputs/text.ts";
import { FIRST_WORD_ID } from "../../predictor/preprocess/title.ts";
import type { LabelledMovie } from "../dataset/dataset.ts";
import { textOf } from "../dataset/inputs.ts";
import { snapRows } from "../fit/grid.ts";
import { type EncodedMovie, targetsOf } from "../fit/prepare.ts";
import { fitTokenizer } from "../fit/tokenizer.ts";
import { fitWordVectors, readWordVectors, type WordVectorFit } from "../fit/wordVectors.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import type { TextOptions } from "../inputs/text/options.ts";
import { loadOnnxBackbone } from "../model/onnx/load.ts";
import { fitRidge } from "../regression/ridge.ts";
import { denseRows, dot, predictLinear, sparseRows } from "../regression/sparseRows.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";

/** C of the teacher's regression, on vectors whose distance to their mean is about 1; chosen on folds of MovieLens-1M. */
const INVERSE_REGULARISATION = 1;

/** C of the words' shifts, see `moveToTexts`; chosen on folds of MovieLens-1M, which had 1 and 10 slightly worse. */
const SHIFTS_C = 3;

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
 * word: a number per output. Those of the texts' words are moved, so that a text's mean comes close to what the regression
 * says of the text; then all are projected and scaled like any word vectors, and stand beside those in the table.
 */
export function teachWords({ name, input, training, target, wanted, read }: Lesson): WordVectorFit {
  const { spec, options } = input;
  const words = input.words!;
  const { form } = spec;
  const sources = training.map(({ source }) => source);
  const whole = sources.map((movie) => read(readable(textOf(movie, name), { form })));
  const apply = teacherOf(whole, training, target);
  const known = new Set(wanted);
  const rows = [...spec.vocabulary, ...words.words];
  const outputs = target.prior.length;
  const vectors = new Map(
    rows.map((word) => [word, known.has(word) ? apply(read(word)) : new Float32Array(outputs)]),
  );
  const texts = sources.map((movie) => wordsOf(textOf(movie, name), { form }));
  moveToTexts(vectors, texts, whole.map(apply));
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
  const size = vectors[0]!.length;
  const mean = new Float64Array(size);
  for (const vector of vectors)
    for (const [k, value] of vector.entries()) mean[k]! += value / vectors.length;
  const centred = (vector: Float32Array) =>
    Float64Array.from(vector, (value, k) => value - mean[k]!);
  // Of some encoders, all vectors point much the same way: what tells texts apart is their distance to the mean.
  const squares = vectors.reduce((sum, vector) => {
    const distance = centred(vector);
    return sum + dot(distance, distance);
  }, 0);
  const spread = Math.sqrt(squares / vectors.length) || 1;
  const scaled = (vector: Float32Array) => centred(vector).map((value) => value / spread);
  const values = new Float64Array(vectors.length * size);
  for (const [i, vector] of vectors.entries()) values.set(scaled(vector), i * size);
  const rows = denseRows(values, size);
  const outputs = target.prior.length;
  const models = [
    ...rulesOf(target).regress(rows, targetsOf(movies), outputs, INVERSE_REGULARISATION),
  ];
  return (vector) => {
    const exact = scaled(vector);
    return Float32Array.from(models, ({ weights }) => dot(weights, exact));
  };
}

/**
 * Moves the vectors of the texts' words so that the mean of a text's words comes close to the text's own vector, by as
 * little as possible: a ridge regression per dimension. What an encoder makes of a word depends on the words around it, and
 * the training texts show those that are usual.
 *
 * @param vectors By word; changed in place. Words without one are left out, and count in the means.
 * @param wholes Vectors of the texts, of the same dimensions up to a constant.
 */
function moveToTexts(
  vectors: ReadonlyMap<string, Float32Array>,
  texts: readonly (readonly string[])[],
  wholes: readonly Float32Array[],
): void {
  const known = [...new Set(texts.flat())].filter((word) => vectors.has(word));
  const columnOf = new Map(known.map((word, column) => [word, column]));
  const rows = sparseRows(
    known.length,
    texts.map((words) =>
      words.flatMap((word) => {
        const column = columnOf.get(word);
        return column === undefined ? [] : [[column, 1 / words.length] as const];
      }),
    ),
  );
  const moved = known.map((word) => vectors.get(word)!);
  for (let k = 0; k < wholes[0]!.length; k++) {
    const alone = { weights: Float64Array.from(moved, (vector) => vector[k]!), intercept: 0 };
    const means = predictLinear(rows, alone);
    const missing = wholes.map((whole, row) => whole[k]! - means[row]!);
    const { weights } = fitRidge(rows, missing, SHIFTS_C);
    for (const [column, vector] of moved.entries()) vector[k]! += weights[column]!;
  }
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
