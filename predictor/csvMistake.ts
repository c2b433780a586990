/** What is wrong with a row of CSV, in the same words for data sets, batches and files of ratings. */

import { type Issue, issueOf } from "./issues.ts";

/** What is read here of an error of csv-parse. */
export interface CsvError {
  readonly code: string;
  readonly message: string;
  /** Cells of a row with too few or too many of them. */
  readonly record?: unknown;
  /** Columns of the header. */
  readonly columns?: unknown;
}

const MISPLACED_QUOTE = new Set([
  "INVALID_OPENING_QUOTE",
  "CSV_INVALID_CLOSING_QUOTE",
  "CSV_NON_TRIMABLE_CHAR_AFTER_CLOSING_QUOTE",
]);

/** @returns The issue of a row, without its place. */
export function csvMistake({ code, message, record, columns }: CsvError): Issue {
  if (code === "CSV_QUOTE_NOT_CLOSED") return issueOf("openQuote");
  if (MISPLACED_QUOTE.has(code)) return issueOf("misplacedQuote");
  if (Array.isArray(record) && Array.isArray(columns)) {
    return issueOf("wrongWidth", { cells: record.length, columns: columns.length });
  }
  // The parser's own count of lines is of what it was given.
  return issueOf("notCsv", { reason: message.replace(/ (on|at) line \d+.*/s, "") });
}
