/** Word vectors trained elsewhere, in the text format of word2vec and GloVe, for the words of titles. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import { InputError } from "../../predictor/errors.ts";
import { FIRST_WORD_ID, parseTitle } from "../../predictor/preprocess/title.ts";
import { snapRows } from "./grid.ts";
import { projectToLabels, toPrincipalAxes } from "./projection.ts";

export interface WordVectors {
  readonly dimensions: number;
  /** By word, as titles are normalised (lower case, no accents). */
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

export interface WordVectorOptions {
  /** Kept wherever in the file they are. */
  readonly wanted: ReadonlySet<string>;
  /** Besides those, as many of the file's first words: files are sorted by frequency. */
  readonly others: number;
}

/**
 * Reads word vectors line by line: a word, then its numbers, separated by blanks; a word2vec header ("400000 100") is
 * skipped. A word that titles would write otherwise ("Paris", "can't") counts as they write it, the first one wins;
 * what is no single word in a title is passed over.
 *
 * @param path File in UTF-8.
 * @throws InputError with file and line: numbers that are none, or fewer or more of them than in the first line.
 */
export async function readWordVectors(
  path: string,
  { wanted, others }: WordVectorOptions,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let dimensions = 0;
  let line = 0;
  let left = others;
  const fault = (message: string) =>
    new InputError("title.embeddings", `${path}${line > 0 ? `:${line}` : ""} ${message}`);
  try {
    for await (const raw of createInterface({ input: createReadStream(path, "utf8") })) {
      line++;
      const fields = raw.trimEnd().split(" ");
      if (line === 1 && /^\d+ \d+$/.test(raw.trim())) continue;
      if (raw.trim() === "") continue;
      if (dimensions === 0) dimensions = fields.length - 1;
      if (dimensions < 1) throw fault("holds no numbers; expected a word and its vector");
      const text = fields.slice(0, -dimensions).join(" ");
      if (fields.length - 1 < dimensions || text === "") {
        throw fault(
          `has ${fields.length - 1} numbers, the first vector has ${dimensions}; is the file cut off?`,
        );
      }
      const [word, ...more] = parseTitle(text.slice(0, MAX_WORD)).words;
      if (word === undefined || more.length > 0 || vectors.has(word)) continue;
      const isWanted = wanted.has(word);
      if (!isWanted && left === 0) continue;
      const vector = Float32Array.from(fields.slice(-dimensions), Number);
      const wrong = vector.findIndex((value) => !Number.isFinite(value));
      if (wrong >= 0) throw fault(`has "${fields.at(wrong - dimensions)}", which is no number`);
      if (!isWanted) left--;
      vectors.set(word, vector);
    }
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(
      "title.embeddings",
      `${path} cannot be read (${(error as Error).message})`,
    );
  }
  if (vectors.size === 0) throw fault("holds no word of any title; is it a text file of vectors?");
  return { dimensions, vectors };
}

/** Longer "words" are addresses and the like. */
const MAX_WORD = 64;

export interface WordVectorFit {
  /** Words that have a vector but no id of their own, in the order of the table's last rows. */
  readonly words: readonly string[];
  /**
   * float32 [rows, dimensions]: the two ids before the words', then the vocabulary's words, then `words`; zeros for a
   * word that the file lacks.
   */
  readonly table: Float32Array;
  readonly dimensions: number;
}

/** Words as frequent as this count half: the `a` of Arora et al. 2017. */
const COMMON = 1e-3;

/** Standard deviation of a dimension over the titles: far below 1, since learned embeddings are small and all weights learn at one rate. */
const SPREAD = 0.3;

/** What labels have to say about words. */
export interface Supervision {
  /** Of the movies that are trained on. */
  readonly titles: readonly string[];
  /** Each of 0 and 1, [L]. */
  readonly targets: readonly Uint8Array[];
  /** Most dimensions that are kept. */
  readonly dimensions: number;
  /** Words that are kept besides those of the titles. */
  readonly others: number;
}

/**
 * Word vectors as the graph looks them up. Each is weighted by a / (a + share of the word among the training titles'
 * words), the "simple but tough-to-beat baseline for sentence embeddings" (Arora, Liang, Ma 2017): "the" says nothing.
 * Dimensions are scaled so that the titles' means spread alike in all of them.
 *
 * @param titles Of the movies that preprocessing is fitted to.
 * @param supervision With it, vectors are projected to what they say of the labels, on a few dimensions, and the words kept
 *   are those of which that is most.
 */
export function fitWordVectors(
  titles: readonly string[],
  vocabulary: readonly string[],
  { dimensions, vectors }: WordVectors,
  supervision?: Supervision,
): WordVectorFit {
  const parsed = titles.map((title) => parseTitle(title).words);
  const counts = new Map<string, number>();
  for (const word of parsed.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0);

  const known = new Set(vocabulary);
  const candidates = [...vectors.keys()].filter((word) => !known.has(word));
  const all = [...vocabulary, ...candidates];
  let table: Float32Array = new Float32Array(all.length * dimensions);
  for (const [i, word] of all.entries()) {
    const vector = vectors.get(word);
    if (!vector) continue;
    const weight = COMMON / (COMMON + (counts.get(word) ?? 0) / total);
    for (let k = 0; k < dimensions; k++) table[i * dimensions + k] = vector[k]! * weight;
  }

  let words = candidates;
  let D = dimensions;
  if (supervision) {
    const rowOf = new Map(all.map((word, i) => [word, i]));
    const rows = supervision.titles.map((title) => rowsOf(parseTitle(title).words, rowOf));
    const L = supervision.targets[0]!.length;
    const projected = projectToLabels(table, dimensions, rows, supervision.targets);
    const said = (word: string) => {
      const at = rowOf.get(word)! * L;
      return projected.subarray(at, at + L).reduce((sum, value) => sum + value ** 2, 0);
    };
    words = chooseWords(candidates, supervision.others, counts, said);
    const kept = Float32Array.from(
      [...vocabulary, ...words].flatMap((word) => {
        const at = rowOf.get(word)! * L;
        return [...projected.subarray(at, at + L)];
      }),
    );
    D = Math.min(L, supervision.dimensions);
    table = toPrincipalAxes(kept, L, D);
  }

  const withIds = new Float32Array(FIRST_WORD_ID * D + table.length);
  withIds.set(table, FIRST_WORD_ID * D);
  const rowOf = new Map([...vocabulary, ...words].map((word, i) => [word, FIRST_WORD_ID + i]));
  const titleRows = parsed.map((list) => rowsOf(list, rowOf));
  for (let k = 0; k < D; k++) {
    const scale = SPREAD / spreadOfMeans(titleRows, (row) => withIds[row * D + k]!);
    for (let at = k; at < withIds.length; at += D) withIds[at]! *= scale;
  }
  snapRows(withIds, D);
  return { words, table: withIds, dimensions: D };
}

function rowsOf(words: readonly string[], rowOf: ReadonlyMap<string, number>): number[] {
  return words.flatMap((word) => rowOf.get(word) ?? []);
}

/** Frequent words of a file are only a little more likely in a title than rare ones. Chosen on folds of MovieLens-1M. */
const RANK_EXPONENT = 0.5;
/** Added to the rank, so that the very first words are not beyond compare. */
const RANK_OFFSET = 10;

/**
 * The words of titles, and of the others those of which a title is likely to say most: by what a word says of the labels,
 * times how likely a title is to have it.
 *
 * @param candidates In the file's order, the most frequent first.
 * @param said How much a word says, squared.
 */
function chooseWords(
  candidates: readonly string[],
  others: number,
  counts: ReadonlyMap<string, number>,
  said: (word: string) => number,
): string[] {
  const scores = new Map<string, number>();
  for (const [rank, word] of candidates.entries()) {
    if (!counts.has(word)) scores.set(word, said(word) / (rank + RANK_OFFSET) ** RANK_EXPONENT);
  }
  const best = [...scores].sort(([, a], [, b]) => b - a).slice(0, others);
  const kept = new Set(best.map(([word]) => word));
  return candidates.filter((word) => counts.has(word) || kept.has(word));
}

/** Standard deviation over the titles of the mean of their words' values; 1 where all are alike. */
function spreadOfMeans(titles: readonly (readonly number[])[], value: (row: number) => number) {
  const means = titles
    .filter((rows) => rows.length > 0)
    .map((rows) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length);
  const centre = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const variance = means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / means.length;
  return variance > MIN_VARIANCE ? Math.sqrt(variance) : 1;
}

const MIN_VARIANCE = 1e-12;
