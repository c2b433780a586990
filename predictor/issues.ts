/**
 * What can be wrong with a value, by code. A detail is the rest of a sentence that begins with the value's name. Hosts that
 * speak another language have a table of the same form.
 */

import { type Decimal, withoutThousands } from "./values.ts";

/** What is wrong, for a table of any language; `issueOf` makes it. */
export interface Issue {
  readonly code: string;
  /** What the sentence of the code says besides. */
  readonly parts: unknown;
}

export type Issues = typeof ISSUES;
export type IssueCode = keyof Issues;
type Parts<Code extends IssueCode> = Parameters<Issues[Code]>[0];

export interface Range {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** A mistake in a line of a table; without a line, one of the whole file. */
export interface LineIssue {
  readonly line: number | undefined;
  readonly issue: Issue;
}

export const ISSUES = {
  notText: () => "is not text",
  lostDigits: () =>
    "is a number beyond ±(2^53 - 1), of which the last digits are lost; write it in quotes, as text",
  tooManyCharacters: ({ count, most }: { count: number; most: number }) =>
    `has ${count} characters; at most ${most} are accepted`,

  notNumberText: ({ text, whole, decimal }: NumberTextIssue) => {
    const plain = decimal === "," ? undefined : withoutThousands(text);
    return `"${text}" is not a ${whole ? "whole " : ""}number${decimal === "," ? " with a decimal comma" : ""}${plain === undefined ? "" : `; write it without commas between thousands: ${plain}`}`;
  },
  outOfRange: ({ value, whole, ...range }: { value: string; whole: boolean } & Range) =>
    `${value} is not ${[whole ? "a whole number" : "a number", rangeInWords(range)].filter(Boolean).join(" ")}`,
  numberTooLarge: ({ value }: { value: number }) => `${value} is too large`,

  moreValues: ({ most }: { most: number }) => `has more than ${most} values`,
  tooManyValues: ({ count, most }: { count: number; most: number }) =>
    `has ${count} values; at most ${most} ${most === 1 ? "is" : "are"} accepted`,
  notValue: () => "is not a value: text, a number, true or false",

  notSteps: () => "is not a list of steps",
  notStep: ({ features }: { features: number }) =>
    features === 1 ? "is not a step, a number" : `is not a step, a list of ${features} numbers`,
  stepTooLarge: ({ step, value }: { step: number; value: number }) =>
    `step ${step}: ${value} is too large`,
  notJson: ({ reason }: { reason: string }) => `is not JSON (${reason})`,
  notNumberInLine: ({ text, line }: { text: string; line: number }) =>
    `has "${text}" in line ${line}, which is not a number`,
  empty: () => "is empty",
  noSteps: () => "has no steps",
  notReadInLink: () => "in the link cannot be read",
  ratingNotReadInLink: ({ position }: { position: number }) =>
    `rating ${position} in the link cannot be read`,

  starsOutside: ({ stars, min, max }: { stars: number; min: number; max: number }) =>
    `${stars} is outside ${min} to ${max}`,
  notAge: ({ age, most }: { age: number; most: number }) =>
    `${age} is not an age in years, 0 to ${most}`,
  notOneOf: ({ value, known }: { value: string; known: readonly (string | number)[] }) =>
    `${value} is not one of ${known.join(", ")}`,
  notCode: ({ value }: { value: number }) => `${value} is not a code, a whole number from 0`,
  tooManyRatings: ({ count, most }: { count: number; most: number }) =>
    `${count} ratings given; at most ${most} are accepted`,
  ratedAlready: ({ user }: { user: string }) => `"${user}" has given a rating already`,

  emptyFile: () => "is an empty file",
  fileNotRead: ({ reason }: { reason: string }) => `cannot be read (${reason})`,
  missingForMap: () => "is missing; add one to see its map",
  /** @property reason Of an image: a clause about "it". */
  notDecoded: ({ reason }: { reason: Issue }): string =>
    `cannot be decoded as an image (${describeIssue(reason)})`,
  damaged: () => "it is damaged",
  cutOff: () => "it is cut off",
  noImage: () => "it is not a JPEG, PNG, WebP, AVIF or GIF",
  heic: () =>
    "it is a HEIC photo; export it as JPEG from Preview or Photos, or let the iPhone take JPEG: Settings, Camera, Formats, Most Compatible",
  tiff: () => "it is a TIFF or a raw photo; export it as JPEG or PNG",
  bmp: () => "it is a BMP; save it as PNG",
  jpegXl: () => "it is a JPEG XL; save it as JPEG or PNG",
  svg: () => "it is a drawing (SVG); export it as PNG",
  pdf: () => "it is a PDF; export its page as JPEG or PNG",
  tooManyPixels: ({ width, height, most, avif }: PixelIssue & { avif: boolean }) =>
    `it has ${width} x ${height} pixels; at most ${most}${avif ? " of an AVIF" : ""} are accepted`,
  tooLongSide: ({ width, height, most }: PixelIssue) =>
    `it has ${width} x ${height} pixels; at most ${most} are accepted in either direction`,
  oddJpeg: () => "it is a JPEG of a kind that browsers do not decode",
  tooManyScans: ({ most }: { most: number }) => `it has more than ${most} scans`,
  tooManyBoxes: ({ most }: { most: number }) => `it has more than ${most} boxes at one level`,
  partialFrame: () => "its first frame does not fill the image",
  oddAnimation: () => "it is an animated PNG whose first frame is not its image",
  noMemory: () => "it needs more memory than is available",

  /** A file's name, and the line where the issue is in one, then what is wrong with it. */
  inFile: ({ file, line, issue }: { file: string; line?: number; issue: Issue }): string =>
    `${file}${line === undefined ? "" : `:${line}`}${glued(issue)}`,
  mistakes: ({ file, count, shown }: MistakesIssue): string =>
    [
      `${file} has ${count} mistakes:`,
      ...shown.map(
        ({ line, issue }) => `${line === undefined ? "the file" : `line ${line}`}${glued(issue)}`,
      ),
      ...(count > shown.length ? [`and ${count - shown.length} more`] : []),
    ].join("\n"),
  spreadsheet: () => "is a spreadsheet or an archive, not a CSV file; export the table as CSV",
  binary: () => "is not a text file; save it as UTF-8",
  notUtf8: ({ before }: { before: string }) =>
    `is not UTF-8 ${before === "" ? "at its beginning" : `after ${JSON.stringify(before)}`}; save it as UTF-8`,
  openQuote: () =>
    "has a quote that opens and is never closed; close it, or write a quote within quotes as two",
  misplacedQuote: () =>
    "has a quote in the wrong place; put the whole field in quotes, and write a quote within it as two",
  notCsv: ({ reason }: { reason: string }) => `is not CSV: ${reason}`,
  wrongWidth: ({ cells, columns }: { cells: number; columns: number }) =>
    `has ${cells} field${cells === 1 ? "" : "s"}, expected ${columns}; ${
      cells > columns
        ? "put fields that contain the separator in quotes"
        : "the row is cut short, or uses another separator"
    }`,
  columnTwice: ({ column }: { column: string }) =>
    `has two columns named ${column}; keep one of them`,
  noColumns: ({ missing, header }: { missing: readonly string[]; header: string }) =>
    `must be a header with the columns user and stars; ${missing.join(" and ")} not found in "${header}"`,
  tooManyRows: ({ most }: { most: number }) =>
    `has more than ${most} rows; keep the lines of one item`,
  severalItems: ({ column, count }: { column: string; count: number }) =>
    `has ratings of several items: its column ${column} has ${count} values; keep the lines of one of them`,
  noRatingsOf: ({ column, item }: { column: string; item: string }) =>
    `has no ratings of ${column} ${item}`,
  cellNotNumber: ({ column, text }: { column: string; text: string }) =>
    `has ${column} "${text}", which is not a number`,
  noStars: () => "has no stars",
  noUser: () => "has no user, and no gender, age or occupation",
  /** What is wrong with one column of a line. */
  inColumn: ({ column, issue }: { column: string; issue: Issue }): string =>
    `${column}: ${describeIssue(issue)}`,
  ratedInLine: ({ user, line }: { user: string; line: number }) =>
    `"${user}" has given a rating already, in line ${line}`,
};

export interface NumberTextIssue {
  readonly text: string;
  readonly whole: boolean;
  /** How the text was read; default: with a decimal point. */
  readonly decimal?: Decimal | undefined;
}

export interface PixelIssue {
  readonly width: number;
  readonly height: number;
  readonly most: number;
}

export interface MistakesIssue {
  readonly file: string;
  readonly count: number;
  /** The first of them. */
  readonly shown: readonly LineIssue[];
}

/** What stands before a colon follows its place directly; a sentence about the place, after a blank. */
function glued(issue: Issue): string {
  const text = describeIssue(issue);
  if (issue.code === "inColumn") return `, ${text}`;
  return issue.code === "tooManyRatings" ? `: ${text}` : ` ${text}`;
}

export function issueOf<Code extends IssueCode>(
  code: Code,
  ...[parts]: Parts<Code> extends undefined ? [] : [Parts<Code>]
): Issue {
  return { code, parts };
}

/** @param table In the reader's language; default: English. */
export function describeIssue({ code, parts }: Issue, table: Issues = ISSUES): string {
  return (table[code as IssueCode] as (parts: unknown) => string)(parts);
}

/** Such as "from 1 to 5" and "of at least 0"; empty without a bound. */
export function rangeInWords({ min, max }: Range): string {
  if (min !== undefined && max !== undefined) return `from ${min} to ${max}`;
  if (min !== undefined) return `of at least ${min}`;
  return max === undefined ? "" : `of at most ${max}`;
}
