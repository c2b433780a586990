/** Pretrained word vectors in the text format of word2vec and GloVe, for the words of titles. */

import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";
import { FIRST_WORD_ID, parseTitle } from "../../predictor/preprocess/title.ts";
import { concatenate } from "../common/matrix.ts";
import { forEachLine } from "../dataset/lines.ts";
import type { DeclaredTarget, Targets } from "../targets/targetRules.ts";
import { MIN_VARIANCE } from "./minVariance.ts";
import { projectToLabels, toPrincipalAxes } from "./projection.ts";
import { countFields, endOfFields, readNumbers, trimmedEnd } from "./vectorLines.ts";

export interface WordVectors {
  readonly dimensions: number;
  /** By word, normalised as in titles (lower case, no accents). */
  readonly vectors: ReadonlyMap<string, Float32Array>;
}

export interface WordVectorOptions {
  /** The option that names the file, for errors. */
  readonly field?: string;
  /** Words to keep wherever they are in the file. */
  readonly wanted: ReadonlySet<string>;
  /** Number of other words to keep, the file's first ones: files are sorted by frequency. */
  readonly others: number;
}

/**
 * Reads word vectors line by line: a word, then its numbers, separated by spaces; a word2vec header ("400000 100") is
 * skipped. Words are normalised as in titles ("Paris" -> "paris", "can't" -> "cant"); the first of several equal ones is
 * used, and entries that are not a single word in a title are ignored.
 *
 * @param path UTF-8 file. Without words wanted, it is read no further than the others are found.
 * @throws InputError with file and line on invalid numbers, or another number of them than in the first vector.
 */
export async function readWordVectors(
  path: string,
  { wanted, others, field = "title.embeddings" }: WordVectorOptions,
): Promise<WordVectors> {
  const vectors = new Map<string, Float32Array>();
  let dimensions = 0;
  let left = others;
  const invalid = (message: string, line?: number) =>
    new InputError(field, `${path}${line === undefined ? "" : `:${line}`} ${message}`);
  const readLine = (bytes: Buffer, start: number, lineEnd: number, line: number) => {
    const end = trimmedEnd(bytes, start, lineEnd);
    if (line === 1 && /^\d+ \d+$/.test(bytes.toString("utf8", start, end).trim())) return;
    const fields = countFields(bytes, start, end);
    if (dimensions === 0) dimensions = fields - 1;
    if (dimensions < 1) throw invalid("has no numbers; expected a word and its vector", line);
    // Entries of several words, such as ". . .", have further fields.
    const wordEnd = endOfFields(bytes, start, fields - dimensions);
    if (fields - 1 < dimensions || wordEnd === start) {
      throw invalid(
        `has ${fields - 1} numbers, expected ${dimensions} as in the first vector; is the file truncated?`,
        line,
      );
    }
    const word = wordIn(bytes, start, wordEnd);
    if (word === undefined || vectors.has(word)) return;
    const isWanted = wanted.has(word);
    if (!isWanted && left === 0) return;
    const vector = readNumbers(bytes, wordEnd + 1, end, dimensions);
    const wrong = vector.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      const given = bytes.toString("utf8", wordEnd + 1, end).split(" ")[wrong];
      throw invalid(`has "${given}", which is not a number`, line);
    }
    if (!isWanted) left--;
    vectors.set(word, vector);
  };
  const tooLong = (line: number) => {
    throw invalid("is longer than 1 MiB; is it a text file of word vectors?", line);
  };
  try {
    const chunk = () => left === 0 && wanted.size === 0;
    const handler = { line: readLine, tooLong, longest: LONGEST_LINE, chunk };
    if (!(await forEachLine(path, handler))) throw invalid("does not exist");
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError(field, `${path} ${whyUnread(path, (error as Error).cause ?? error)}`);
  }
  if (vectors.size === 0) {
    throw invalid("contains no word of any title; is it a text file of word vectors?");
  }
  return { dimensions, vectors };
}

/** 1 MiB: a line of a hundred thousand numbers. */
const LONGEST_LINE = 1 << 20;

/** An entry as a title would have it; undefined unless it is a single word there. */
function wordIn(bytes: Buffer, start: number, end: number): string | undefined {
  // Most entries are lower-case words, which stay as they are.
  if (isLowerCase(bytes, start, end)) return bytes.toString("latin1", start, end);
  const text = bytes.toString("utf8", start, end);
  const [word, ...more] = parseTitle(text.slice(0, MAX_WORD)).words;
  return more.length > 0 ? undefined : word;
}

const [FIRST_LETTER, LAST_LETTER] = [..."az"].map((c) => c.charCodeAt(0)) as [number, number];

/** Whether all bytes are letters from a to z, of at most MAX_WORD. */
function isLowerCase(bytes: Buffer, start: number, end: number): boolean {
  if (end - start > MAX_WORD) return false;
  for (let at = start; at < end; at++) {
    if (bytes[at]! < FIRST_LETTER || bytes[at]! > LAST_LETTER) return false;
  }
  return true;
}

/** Characters read of a word; longer entries are URLs and the like. */
const MAX_WORD = 64;

export interface WordVectorFit {
  /** Words with a vector but without their own id, in the order of the table's last rows. */
  readonly words: readonly string[];
  /**
   * float32 [rows, dimensions]: rows for the ids before FIRST_WORD_ID, the vocabulary, then `words`; zeros for words that
   * the file lacks.
   */
  readonly table: Float32Array;
  readonly dimensions: number;
  /** How many of the dimensions, the last ones, a teacher gave; see `teachWords`. */
  readonly taught?: number | undefined;
}

/** Words with this share of all words have half the weight: the `a` of Arora et al. 2017. */
const COMMON = 1e-3;

/**
 * Standard deviation of a dimension over the titles: well below 1, because learned embeddings are small and all weights
 * share a learning rate.
 */
const SPREAD = 0.3;

/** Labels for choosing dimensions and words. */
export interface Supervision {
  /** Words of each training movie's text. */
  readonly texts: readonly (readonly string[])[];
  readonly target: DeclaredTarget;
  /** What towers learn of each [outputs]. */
  readonly targets: readonly Targets[];
  /** Maximum number of dimensions kept. */
  readonly dimensions: number;
  /** Words kept besides those of the titles. */
  readonly others: number;
}

/**
 * Word vectors as the graph looks them up. Each is weighted by a / (a + share of the word among the titles' words), the
 * "simple but tough-to-beat baseline for sentence embeddings" (Arora, Liang, Ma 2017), because words like "the" carry no
 * information. Dimensions are scaled so that the titles' means have the same standard deviation in each.
 *
 * @param texts Words of each text that preprocessing is fitted to.
 * @param supervision If given, vectors are projected to a few dimensions that predict labels, and the most informative
 *   words are kept.
 */
export function fitWordVectors(
  texts: readonly (readonly string[])[],
  vocabulary: readonly string[],
  { dimensions, vectors }: WordVectors,
  supervision?: Supervision,
): WordVectorFit {
  const counts = new Map<string, number>();
  for (const word of texts.flat()) counts.set(word, (counts.get(word) ?? 0) + 1);
  // At least 1: titles of signs only have no words.
  const total = Math.max(
    1,
    [...counts.values()].reduce((sum, count) => sum + count, 0),
  );

  const known = new Set(vocabulary);
  const candidates = [...vectors.keys()].filter((word) => !known.has(word));
  const all = [...vocabulary, ...candidates];
  const weighted = new Float32Array(all.length * dimensions);
  for (const [i, word] of all.entries()) {
    const vector = vectors.get(word);
    if (!vector) continue;
    const weight = COMMON / (COMMON + (counts.get(word) ?? 0) / total);
    for (let k = 0; k < dimensions; k++) weighted[i * dimensions + k] = vector[k]! * weight;
  }
  const unprojected = { words: candidates, table: weighted, dimensions };
  const chosen = supervision
    ? projectAndChoose(unprojected, vocabulary, counts, supervision)
    : unprojected;

  const { words, dimensions: D } = chosen;
  const table = new Float32Array(FIRST_WORD_ID * D + chosen.table.length);
  table.set(chosen.table, FIRST_WORD_ID * D);
  const rowOf = new Map([...vocabulary, ...words].map((word, i) => [word, FIRST_WORD_ID + i]));
  const titleRows = texts.map((list) => rowsOf(list, rowOf));
  for (let k = 0; k < D; k++) {
    const scale = SPREAD / stdOfMeans(titleRows, (row) => table[row * D + k]!);
    for (let at = k; at < table.length; at += D) table[at]! *= scale;
  }
  return { words, table, dimensions: D };
}

/**
 * Projects vectors to a few dimensions that predict labels, and keeps the most informative words.
 *
 * @param vectors Candidate words, and a table with rows for the vocabulary and then the candidates.
 * @param counts Number of occurrences of each word in the titles.
 */
function projectAndChoose(
  { words: candidates, table, dimensions }: WordVectorFit,
  vocabulary: readonly string[],
  counts: ReadonlyMap<string, number>,
  supervision: Supervision,
): WordVectorFit {
  const rowOf = new Map([...vocabulary, ...candidates].map((word, i) => [word, i]));
  const rows = supervision.texts.map((words) => rowsOf(words, rowOf));
  const projected = projectToLabels(table, dimensions, rows, supervision);
  const columns = Math.min(supervision.targets[0]!.length, dimensions);
  const rowOfWord = (word: string) => {
    const at = rowOf.get(word)! * columns;
    return projected.subarray(at, at + columns);
  };
  const informationOf = (word: string) =>
    rowOfWord(word).reduce((sum, value) => sum + value ** 2, 0);
  const words = chooseWords(candidates, supervision.others, counts, informationOf);
  const chosen = concatenate([...vocabulary, ...words].map(rowOfWord), new Float32Array(0));
  const D = Math.min(columns, supervision.dimensions);
  return { words, table: toPrincipalAxes(chosen, columns, D), dimensions: D };
}

function rowsOf(words: readonly string[], rowOf: ReadonlyMap<string, number>): number[] {
  return words.flatMap((word) => rowOf.get(word) ?? []);
}

/** A word's assumed frequency in titles is rank^-0.5, where rank is its position in the file. Tuned on MovieLens 1M. */
const RANK_EXPONENT = 0.5;
/** Added to the rank, so that the very first words do not dominate. */
const RANK_OFFSET = 10;

/**
 * The words that occur in titles, and the best of the others: by how informative a word is about labels, times how likely
 * it is to occur in a title.
 *
 * @param candidates In the file's order, most frequent first.
 * @param others Number of other words.
 * @param informationOf Squared length of a word's projection to labels.
 */
function chooseWords(
  candidates: readonly string[],
  others: number,
  counts: ReadonlyMap<string, number>,
  informationOf: (word: string) => number,
): string[] {
  const scores = new Map<string, number>();
  for (const [rank, word] of candidates.entries()) {
    if (counts.has(word)) continue;
    scores.set(word, informationOf(word) / (rank + RANK_OFFSET) ** RANK_EXPONENT);
  }
  const best = [...scores].sort(([, a], [, b]) => b - a).slice(0, others);
  const chosen = new Set(best.map(([word]) => word));
  return candidates.filter((word) => counts.has(word) || chosen.has(word));
}

/** Standard deviation, over the titles, of the mean value of their words; 1 if all means are equal. */
function stdOfMeans(titles: readonly (readonly number[])[], value: (row: number) => number) {
  const means = titles
    .filter((rows) => rows.length > 0)
    .map((rows) => rows.reduce((sum, row) => sum + value(row), 0) / rows.length);
  const centre = means.reduce((sum, mean) => sum + mean, 0) / means.length;
  const variance = means.reduce((sum, mean) => sum + (mean - centre) ** 2, 0) / means.length;
  return variance > MIN_VARIANCE ? Math.sqrt(variance) : 1;
}
