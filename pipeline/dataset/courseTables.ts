/** What the course layout's tables share: their names and formats, and how a bad line is reported. */

import { join } from "node:path";
import { type IssueList, quote } from "./issues.ts";
import { type Fields, readLines } from "./lines.ts";

/** State shared by the tables of one data set while it is read. */
export interface ReadContext {
  readonly dir: string;
  readonly issues: IssueList;
  /** SHA-256 (hex) per table, in the order read. */
  readonly hashes: { readonly file: string; readonly sha256: string }[];
}

/** A table's row format: the number of fields, and how messages describe it. */
export interface RowFormat {
  readonly fields: number;
  readonly text: string;
}

export const GENRES = "genres.txt";
export const TRAIN = "movies_train.dat";
export const TEST = "movies_test.dat";
export const USERS = "users.dat";
export const RATINGS = "ratings.dat";

export const MOVIE_FORMAT: RowFormat = { fields: 3, text: "MovieID::Title (Year)::Genre|Genre" };
export const USER_FORMAT: RowFormat = { fields: 5, text: "UserID::Gender::Age::Occupation::Zip" };
export const RATING_FORMAT: RowFormat = { fields: 4, text: "UserID::MovieID::Rating::Timestamp" };

/**
 * Calls `row` with each line of a table: `bytes[start, end)`, and the line's number from 1.
 *
 * @returns false if the table does not exist.
 */
export async function readTable(
  reading: ReadContext,
  file: string,
  row: (bytes: Buffer, start: number, end: number, line: number) => void,
): Promise<boolean> {
  const sha256 = await readLines(join(reading.dir, file), {
    line: row,
    tooLong: (line) =>
      reading.issues.add(file, line, () => "line is longer than 64 KiB; is this a text table?"),
  });
  if (sha256 === undefined) return false;
  reading.hashes.push({ file, sha256 });
  return true;
}

export interface FieldCountCheck {
  readonly fields: Fields;
  readonly format: RowFormat;
  readonly issues: IssueList;
  readonly file: string;
  readonly line: number;
}

/** Whether a row has as many fields as its format; adds an issue if not. */
export function checkFieldCount({ fields, format, issues, file, line }: FieldCountCheck): boolean {
  if (fields.count === format.fields) return true;
  const message = `expected ${format.fields} fields separated by "::" (${format.text}), found ${fields.count}.`;
  issues.add(file, line, () => message);
  return false;
}

/** @param what "movie" or "user". */
export function badId(what: string, text: string): string {
  return `${what} id must be 1 to 9 digits, found ${quote(text)}.`;
}
