/** Cells as values of one type; those that cannot be are issues with file and line. */

import { formatOf } from "../../../predictor/image/inspect.ts";
import {
  type Decimal,
  hasDecimalComma,
  isFloat32,
  isMissing,
  losesDigits,
  toNumber as readNumber,
  toText,
  withoutThousands,
} from "../../../predictor/values.ts";
import { type IssueList, quote } from "../issues.ts";
import type { Batch, Cell } from "./table.ts";

export {
  arrayIn,
  type Decimal,
  hasDecimalComma,
  isFloat32,
  isMissing,
  listIn,
  losesDigits,
  toList,
  toText,
  withoutThousands,
} from "../../../predictor/values.ts";

/**
 * A column's numbers.
 *
 * @param missing Texts that mean "no value".
 * @returns NaN where there is no value, and where there is one that is not a number, which is an issue.
 */
export function numbersOf(
  batch: Batch,
  column: string,
  missing: ReadonlySet<string>,
  issues: IssueList,
): Float64Array {
  const cells = batch.columns.get(column)!;
  const numbers = new Float64Array(batch.rows);
  for (let row = 0; row < batch.rows; row++) {
    const cell = cells[row];
    const number = isMissing(cell, missing) ? undefined : toNumber(cell);
    if (number === undefined && !isMissing(cell, missing)) {
      issues.add(batch.file, batch.lines[row], () => describeBadNumber(column, toText(cell)));
    }
    numbers[row] = number ?? Number.NaN;
  }
  return numbers;
}

/** A number that float32 holds, in which models compute; or undefined. See `readNumber` for texts. */
export function toNumber(cell: Cell, decimal?: Decimal): number | undefined {
  const value = readNumber(cell, decimal);
  return value !== undefined && isFloat32(value) ? value : undefined;
}

/** What to do about a text that is a number, but too large; undefined for any other text. */
export function whyTooLarge(text: string, decimal?: Decimal): string | undefined {
  const value = readNumber(text, decimal);
  return value !== undefined && !isFloat32(value)
    ? "models compute in float32, which ends at 3.4e38; correct it, or give the column in another unit"
    : undefined;
}

/**
 * What is wrong with a text that should be a number, and what to do.
 *
 * @param decimal How it was read, where the description can say so; default: it cannot.
 */
export function describeBadNumber(column: string, text: string, decimal?: Decimal): string {
  const mark = decimal === "," ? "comma" : "point";
  const hint =
    whyTooLarge(text, decimal) ??
    thousandsHint(text, decimal) ??
    (decimal === "." && hasDecimalComma(text)
      ? COMMA_HINT
      : /\d/.test(text)
        ? `write it with digits and a decimal ${mark} alone, without units${decimal === "," ? "" : " and thousands separators"}`
        : 'leave the field empty, or list the text under "missing" if it means that there is no value');
  return `${quote(column)} is ${quote(text)}, expected a number; ${hint}.`;
}

/** What to do about a number with commas between thousands; undefined for any other text. */
function thousandsHint(text: string, decimal?: Decimal): string | undefined {
  const plain = decimal === "," ? undefined : withoutThousands(text);
  if (plain === undefined) return undefined;
  // With one comma and no point, either may be meant.
  const isEither = decimal === "." && toNumber(text, ",") !== undefined;
  return `write it without commas between thousands, as ${plain}${isEither ? `; or, ${COMMA_HINT}` : ""}`;
}

/** What the description may say. */
export const COMMA_HINT = 'if numbers of the column have a decimal comma, say "decimal": ","';

/**
 * Why a number cannot be read as text: JSON may hold whole numbers of any length, of which reading keeps some 16 digits, so
 * that neighbours become equal.
 *
 * @returns What is wrong with a cell or an item of its list, as a sentence; undefined where nothing is.
 */
export function describeLostDigits(column: string, cell: Cell): string | undefined {
  if (Array.isArray(cell)) {
    for (const item of cell) {
      const found = describeLostDigits(column, item as Cell);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  if (!losesDigits(cell)) return undefined;
  return `${quote(column)} has a number beyond ±(2^53 - 1), of which the last digits are lost (read as ${toText(cell)}); write it in quotes, as text.`;
}

/**
 * An image as tables have it: its bytes, or the name of its file. Hugging Face keeps them as `{ bytes, path }`, of which
 * one may be empty.
 *
 * @returns Undefined where there is neither.
 */
export function imageIn(cell: Cell): Uint8Array | string | undefined {
  if (cell instanceof Uint8Array) return cell;
  if (typeof cell !== "object" || Array.isArray(cell)) return nameOrBytes(toText(cell));
  const { bytes, path } = cell as { bytes?: unknown; path?: unknown };
  if (bytes instanceof Uint8Array) return bytes;
  if (typeof bytes === "string") return Buffer.from(bytes);
  return typeof path === "string" && path.trim() !== "" ? path : undefined;
}

/** What is wrong with a cell of which `imageIn` has nothing. */
export function describeNoImage(column: string): string {
  return `${quote(column)} has neither the bytes of an image nor its path.`;
}

/** Bytes that happen to be UTF-8 are read as text from Parquet; no file's name has a zero. */
function nameOrBytes(text: string): Uint8Array | string {
  const bytes = text.includes("\0") ? Buffer.from(text) : undefined;
  return bytes && formatOf(bytes) ? bytes : text;
}

/** The bytes of an image that is in the table itself. */
export function bytesOf(cell: Cell): Uint8Array | undefined {
  const image = imageIn(cell);
  return typeof image === "string" ? undefined : image;
}
