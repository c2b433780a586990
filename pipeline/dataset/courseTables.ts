/** What the course layout's tables share: their names and formats, and how a bad line is reported. */

import { join } from "node:path";
import { type IssueList, quote } from "./issues.ts";
import { type Fields, readLines } from "./lines.ts";

/** What one reading shares between its tables. */
export interface Reading {
  readonly dir: string;
  readonly issues: IssueList;
  /** SHA-256 per table, in reading order. */
  readonly hashes: { readonly file: string; readonly sha256: string }[];
}

export const GENRES = "genres.txt";
export const TRAIN = "movies_train.dat";
export const TEST = "movies_test.dat";
export const USERS = "users.dat";
export const RATINGS = "ratings.dat";

export const MOVIE_FORMAT = "MovieID::Title (Year)::Genre|Genre";
export const USER_FORMAT = "UserID::Gender::Age::Occupation::Zip";
export const RATING_FORMAT = "UserID::MovieID::Rating::Timestamp";

/** Calls `row` with each line of a table; false where the table does not exist. */
export async function readTable(
  reading: Reading,
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

export function checkCount(
  fields: Fields,
  expected: number,
  format: string,
  issues: IssueList,
  file: string,
  line: number,
): boolean {
  if (fields.count === expected) return true;
  const message = `expected ${expected} fields separated by "::" (${format}), found ${fields.count}.`;
  issues.add(file, line, () => message);
  return false;
}

export function badId(what: string, found: string): string {
  return `${what} id must be 1 to 9 digits, found ${quote(found)}.`;
}
