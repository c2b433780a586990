/** The text of a CSV file -> its header and rows, whichever character separates the columns. */

import { type CsvError, csvMistake } from "./csvMistake.ts";
import { findSeparator, namedSeparator } from "./csvSeparator.ts";
import { InputError } from "./errors.ts";
import { type Issue, issueOf, type LineIssue } from "./issues.ts";
import { brokenUtf8 } from "./utf8.ts";

/** The options of csv-parse that are used here. */
export interface CsvOptions {
  readonly bom: true;
  readonly delimiter: string;
  readonly from_line: number;
  readonly on_record: (record: readonly string[], place: { readonly lines: number }) => CsvRow;
  readonly on_skip: (error: CsvError) => void;
  readonly relax_column_count: true;
  readonly skip_empty_lines: true;
  readonly skip_records_with_empty_values: true;
  readonly skip_records_with_error: true;
  /** The last record that is read. */
  readonly to: number;
  readonly trim: true;
}

/** csv-parse's synchronous `parse`, which is one package for Node and another for browsers. */
export type ParseCsv = (text: string, options: CsvOptions) => unknown;

export interface CsvRow {
  readonly cells: readonly string[];
  /** In the file, from 1; of a row over several lines, the last one. */
  readonly line: number;
}

export interface CsvTable {
  /** Cells of the first line. */
  readonly header: CsvRow;
  readonly rows: readonly CsvRow[];
  readonly separator: string;
  /** Lines that are not a row; after an open quote, no line can be told from another. */
  readonly mistakes: readonly LineIssue[];
}

/** How a ZIP archive begins, which spreadsheets are. */
const ZIP = "PK\u0003\u0004";
/** More are more than memory has room for everywhere, and than the ratings of any item. */
const MAX_ROWS = 1_000_000;
/** Mistakes that an error names; it counts the others. */
const SHOWN_MISTAKES = 20;

/**
 * @param where Named in errors, e.g. the file's name.
 * @param field The input that is named in errors.
 * @throws InputError if the file is empty, no text, not UTF-8, or has more than a million rows.
 */
export function readCsvTable(
  text: string,
  where: string,
  parse: ParseCsv,
  field: string,
): CsvTable {
  const fail: Fail = (issue, line) =>
    new InputError(field, issueOf("inFile", { file: where, issue, ...(line && { line }) }));
  if (text.startsWith(ZIP)) {
    throw fail(issueOf("spreadsheet"));
  }
  checkText(text, fail);
  const content = text.replace(/^\uFEFF/, "");
  if (content.trim() === "") throw fail(issueOf("empty"));
  const given = namedSeparator(content);
  const separator = given ?? findSeparator(content);
  const errors: CsvError[] = [];
  const [header, ...rows] = parse(content, {
    bom: true,
    delimiter: separator,
    from_line: given === undefined ? 1 : 2,
    on_record: (cells, { lines }) => ({ cells, line: lines }),
    on_skip: (error) => errors.push(error),
    relax_column_count: true,
    skip_empty_lines: true,
    skip_records_with_empty_values: true,
    skip_records_with_error: true,
    to: MAX_ROWS + 2,
    trim: true,
  }) as CsvRow[];
  const [broken] = errors;
  if (!header) throw fail(broken ? csvMistake(broken) : issueOf("empty"));
  if (rows.length > MAX_ROWS) throw fail(issueOf("tooManyRows", { most: MAX_ROWS }));
  const width = header.cells.length;
  return {
    header,
    rows: rows.filter(({ cells }) => cells.length === width),
    separator,
    mistakes: [
      ...rows
        .filter(({ cells }) => cells.length !== width)
        .map(({ cells, line }) => ({
          line,
          issue: issueOf("wrongWidth", { cells: cells.length, columns: width }),
        })),
      // A quote that is never closed is found at the end of the file, not where it is.
      ...(broken
        ? [{ line: ([header, ...rows].at(-1)?.line ?? 0) + 1, issue: csvMistake(broken) }]
        : []),
    ],
  };
}

/** All mistakes of a file as one error, in the order of their lines. */
export function mistakesError(
  mistakes: readonly LineIssue[],
  where: string,
  field: string,
): InputError {
  const sorted = [...mistakes].sort((a, b) => (a.line ?? 0) - (b.line ?? 0));
  const [first] = sorted;
  if (sorted.length === 1) {
    const { line, issue } = first!;
    return new InputError(field, issueOf("inFile", { file: where, issue, ...(line && { line }) }));
  }
  const shown = sorted.slice(0, SHOWN_MISTAKES);
  return new InputError(field, issueOf("mistakes", { file: where, count: sorted.length, shown }));
}

/** @param line From 1. */
type Fail = (issue: Issue, line?: number) => InputError;

function checkText(text: string, fail: Fail): void {
  if (text.includes("\0")) throw fail(issueOf("binary"));
  if (!brokenUtf8(text)) return;
  for (const [i, line] of text.split(/\r\n|\r|\n/).entries()) {
    const issue = brokenUtf8(line);
    if (issue) throw fail(issue, i + 1);
  }
}
