/** What can be seen of a table's columns in one pass, in bounded memory. */

import type { Batch, Cell, Table } from "../tables/table.ts";
import {
  arrayIn,
  bytesOf,
  hasDecimalComma,
  imageIn,
  isMissing,
  losesDigits,
  toNumber,
  toText,
  withoutThousands,
} from "../tables/values.ts";
import { createUnspacedCheck } from "../unspaced.ts";
import { hash53 } from "./hash.ts";

/** Distinct values that are counted; of columns with more, only that they have more is known. */
export const MAX_DISTINCT = 50_000;
/** Values of which it is known how many rows repeat one; it is not followed where more rows than this do, and most. */
const MAX_UNIQUE = 5_000_000;
const MAX_REPEATED = 1000;
/** Between the parts of one text. */
export const SEPARATORS = ["|", ";", ","] as const;
/** Characters of a value that is kept as it is; longer ones are told apart by a hash. */
const MAX_KEPT = 80;
const IMAGE_NAME = /\.(jpe?g|png|webp|avif|gif)$/i;
/** A point before three digits, after digits that may be thousands. */
export const EITHER_POINT = /^[+-]?[1-9]\d{0,2}\.\d{3}$/;
const POINTS = /^[+-]?[1-9]\d{0,2}(\.\d{3}){2,}$/;
/** File names of NumPy arrays. */
const ARRAY_NAME = /\.npy$/i;
const DATE =
  /^(\d{4}-\d{1,2}-\d{1,2}([T ]\d{1,2}:.*)?|\d{1,2}[-/. ](\d{1,2}|[a-z]{3,9})[-/. ,]+(\d{2}|\d{4})( .*)?|[a-z]{3,9}\.? \d{1,2},? \d{4})$/i;
/** Those of which the century is not said. */
const SHORT_YEAR = /^\d{1,2}[-/. ](\d{1,2}|[a-z]{3,9})[-/. ,]+\d{2}( .*)?$/i;
/** JSON of an object or a list of objects, also with the quotes of Python. */
const JSON_OBJECTS = /^(\{\s*["'].*\}|\[\s*\{\s*["'].*\}\s*\])$/s;
const BRACKETS = /^\s*\[.*\]\s*$/s;
/** Texts that often mean "no value". */
const NO_VALUE = /^(na|n\/a|nan|null|none|nil|unknown|missing|-+|\?+|\(.*\bno\b.*\))$/i;
const NOTHING: ReadonlySet<string> = new Set();

export interface Parts {
  /** Cells that have the separator. */
  readonly cells: number;
  readonly parts: number;
  /** Distinct parts; MAX_DISTINCT if there are as many or more. */
  readonly distinct: number;
  /** Mean number of words of a part. */
  readonly words: number;
}

export interface ColumnProfile {
  readonly name: string;
  readonly rows: number;
  readonly missing: number;
  /** Cells by what they are; a cell may be of several kinds, e.g. a number and a date. */
  readonly kinds: Readonly<Record<Kind, number>>;
  readonly min: number;
  readonly max: number;
  /** Values and how often each occurs, most frequent first; undefined if there are more than MAX_DISTINCT. */
  readonly counts: readonly (readonly [value: string, count: number])[] | undefined;
  /** Rows with a value that an earlier row has; undefined if there are too many rows, or most of them repeat one. */
  readonly repeated: number | undefined;
  /** Mean words per cell that has a value. */
  readonly words: number;
  /** Whether these are texts without spaces between words. */
  readonly unspaced: boolean;
  /** Whether lists of numbers differ in how many they have. */
  readonly lengthsDiffer: boolean;
  readonly separators: ReadonlyMap<string, Parts>;
  /** Texts that look as if they meant "no value", with their counts. */
  readonly noValue: ReadonlyMap<string, number>;
}

/** How the kinds of cells are told; one row per kind. */
const KINDS = {
  number: (cell: Cell) => toNumber(cell) !== undefined,
  integer: (cell: Cell) => Number.isInteger(toNumber(cell)),
  /** Numbers as they are read with a decimal comma; those of them that must be; and those that have a point. */
  comma: (cell: Cell) => toNumber(cell, ",") !== undefined,
  surelyComma: hasDecimalComma,
  /** Numbers with commas between thousands, which are not read. */
  thousands: (cell: Cell) => withoutThousands(cell) !== undefined,
  point: (cell: Cell) =>
    typeof cell === "string" && cell.includes(".") && toNumber(cell) !== undefined,
  /** Those of them whose point may be between thousands; and what has several such points. */
  eitherPoint: (cell: Cell) => typeof cell === "string" && EITHER_POINT.test(cell.trim()),
  points: (cell: Cell) => typeof cell === "string" && POINTS.test(cell.trim()),
  /** Whole numbers of which digits are lost. */
  inexact: losesDigits,
  image: isImage,
  date: (cell: Cell) => typeof cell === "string" && DATE.test(cell.trim()),
  /** Dates with a year of two digits. */
  shortYear: (cell: Cell) => typeof cell === "string" && SHORT_YEAR.test(cell.trim()),
  numbers: isSequence,
  /** Lists of numbers alone: steps if they differ in length, see `lengths`. */
  flat: isNumbers,
  list: (cell: Cell) => Array.isArray(cell),
  /** Texts in brackets that are no list, as NumPy writes arrays: "['a' 'b']". */
  brackets: (cell: Cell) => typeof cell === "string" && BRACKETS.test(cell),
  nested: (cell: Cell) => isNested(cell) && !isImage(cell) && !isSequence(cell),
} as const;
export type Kind = keyof typeof KINDS;

function isImage(cell: Cell): boolean {
  const image = imageIn(cell);
  return typeof image === "string" ? IMAGE_NAME.test(image.trim()) : image !== undefined;
}

function isSequence(cell: Cell): boolean {
  if (typeof cell === "string") return ARRAY_NAME.test(cell.trim());
  return isNumbers(cell) || (Array.isArray(cell) && cell.length > 0 && cell.every(isNumbers));
}

/** Whether a cell is an object or a list of them, which a table of text has as JSON; or a list of lists. */
function isNested(cell: Cell): boolean {
  if (typeof cell === "string") return JSON_OBJECTS.test(cell.trim());
  if (!Array.isArray(cell)) return typeof cell === "object";
  return cell.some((item) => typeof item === "object" && item !== null);
}

function isNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
}

/** @returns One profile per column, in the table's order. */
export async function profileTable(table: Table): Promise<ColumnProfile[]> {
  const builders = table.columns.map(createProfile);
  for await (const batch of table.read()) for (const builder of builders) builder.add(batch);
  return builders.map((builder) => builder.result());
}

function createProfile(name: string) {
  const kinds: Record<Kind, number> = {
    number: 0,
    integer: 0,
    comma: 0,
    surelyComma: 0,
    thousands: 0,
    point: 0,
    eitherPoint: 0,
    points: 0,
    inexact: 0,
    image: 0,
    date: 0,
    shortYear: 0,
    numbers: 0,
    flat: 0,
    list: 0,
    brackets: 0,
    nested: 0,
  };
  const separators = SEPARATORS.map(createParts);
  const noValue = new Map<string, number>();
  const distinct = createDistinct();
  const unspaced = createUnspacedCheck();
  const lengths = new Set<number>();
  let [rows, missing, words, min, max] = [
    0,
    0,
    0,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ];

  function addText(text: string, isList: boolean): void {
    words += countWords(text);
    distinct.add(text);
    unspaced.add(text);
    if (!isList) for (const parts of separators) parts.add(text);
    if (text.length < MAX_KEPT && NO_VALUE.test(text)) {
      noValue.set(text, (noValue.get(text) ?? 0) + 1);
    }
  }

  return {
    add(batch: Batch): void {
      for (const given of batch.columns.get(name)!) {
        const cell: Cell = arrayIn(given) ?? given;
        rows++;
        if (isMissing(cell, NOTHING)) {
          missing++;
          continue;
        }
        for (const kind of Object.keys(KINDS) as Kind[]) if (KINDS[kind](cell)) kinds[kind]++;
        if (isNumbers(cell) && lengths.size < 2) lengths.add(cell.length);
        const number = toNumber(cell);
        if (number !== undefined) [min, max] = [Math.min(min, number), Math.max(max, number)];
        if (bytesOf(cell) === undefined) addText(toText(given).trim(), cell !== given);
      }
    },
    result: (): ColumnProfile => ({
      ...{ name, rows, missing, kinds, min, max, noValue },
      ...distinct.result(),
      words: words / Math.max(1, rows - missing),
      unspaced: unspaced.result(),
      lengthsDiffer: lengths.size > 1,
      separators: new Map(separators.map((parts, i) => [SEPARATORS[i]!, parts.result()])),
    }),
  };
}

function countWords(text: string): number {
  return text.split(/\s+/).length;
}

function createDistinct() {
  let counts: Map<string, number> | undefined = new Map();
  let seen: Set<number> | undefined = new Set();
  let repeated = 0;
  return {
    add(text: string): void {
      const hash = hash53(text);
      if (counts) {
        const key = text.length > MAX_KEPT ? `${text.slice(0, MAX_KEPT)}… ${hash}` : text;
        counts.set(key, (counts.get(key) ?? 0) + 1);
        if (counts.size > MAX_DISTINCT) counts = undefined;
      }
      if (!seen) return;
      if (seen.has(hash)) repeated++;
      else seen.add(hash);
      const tooMany = seen.size > MAX_UNIQUE || repeated > Math.max(MAX_REPEATED, seen.size);
      if (tooMany) seen = undefined;
    },
    result: () => ({
      counts: counts && [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1)),
      repeated: seen && repeated,
    }),
  };
}

function createParts(separator: string) {
  const known = new Set<string>();
  let [cells, count, words] = [0, 0, 0];
  return {
    add(text: string): void {
      const parts = text.split(separator);
      if (parts.length > 1) cells++;
      for (const part of parts) {
        count++;
        words += countWords(part.trim());
        if (known.size < MAX_DISTINCT && part.length < MAX_KEPT) known.add(part.trim());
      }
    },
    result: (): Parts => ({
      cells,
      parts: count,
      distinct: known.size,
      words: words / Math.max(1, count),
    }),
  };
}
