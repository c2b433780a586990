/**
 * CSV and TSV, by csv-parse. It parses pieces that end between records, because that is several times as fast as its stream
 * when line numbers are wanted; a piece that has a broken row is parsed again row by row, so that only this row is lost.
 */

import { isUtf8 } from "node:buffer";
import { type CsvError, type Options, parse } from "csv-parse/sync";
import { csvMistake } from "../../../predictor/csvMistake.ts";
import { findSeparator, namedSeparator } from "../../../predictor/csvSeparator.ts";
import { InputError } from "../../../predictor/errors.ts";
import { describeIssue, issueOf } from "../../../predictor/issues.ts";
import { quote } from "../issues.ts";
import { afterLastLine, countOf, type FindCut, type Piece, readPieces } from "./pieces.ts";
import type { Batch, Cell, Table, TableFile } from "./table.ts";

const QUOTE = 0x22;
/** Bytes of the first row that separators are counted in. */
const MAX_HEADER = 1 << 16;

/** Bytes of a line that names the separator, with what may end it. */
const MAX_NAMED = 64;

/** Rows by index: where each starts, and its fields. */
interface Rows {
  readonly lines: number[];
  readonly records: string[][];
}

/** @throws InputError if the file has no header line, or one with a name that is empty or there twice. */
export async function openCsv(file: TableFile): Promise<Table> {
  const named = await readNamedSeparator(file);
  const separator = file.separator ?? named ?? (await guessSeparator(file));
  // Longer separators are those of files that know no quotes, e.g. MovieLens' "::".
  const quoted = separator.length === 1;
  const { columns, lines: headerLines } = file.columns
    ? { columns: file.columns, lines: named === undefined ? 0 : 1 }
    : await readHeader(file, { separator, quoted, isNamed: named !== undefined });

  return {
    columns,
    async *read(wanted = columns) {
      for await (const piece of readPieces(file, quoted ? betweenRecords : afterLastLine)) {
        const rows = parsePiece(piece, { file, separator, quoted });
        const start = firstRowAfter(headerLines, rows);
        const batch = toBatch(rows, start, { file, columns, wanted });
        if (batch.rows > 0) yield batch;
      }
    },
  };
}

/** The header may be among the rows, or be an issue: by its lines, it is told from a row in any case. */
function firstRowAfter(headerLines: number, { lines }: Rows): number {
  const at = lines.findIndex((line) => line > headerLines);
  return at === -1 ? lines.length : at;
}

function isBlank(fields: readonly string[]): boolean {
  return fields.length === 1 && fields[0]!.trim() === "";
}

interface Selection {
  readonly file: TableFile;
  readonly columns: readonly string[];
  readonly wanted: readonly string[];
}

/** By column instead of by row, for speed. */
function toBatch(
  { lines, records }: Rows,
  start: number,
  { file, columns, wanted }: Selection,
): Batch {
  const kept: number[] = [];
  for (let row = start; row < records.length; row++) {
    const fields = records[row]!;
    if (fields.length === columns.length) {
      kept.push(row);
      continue;
    }
    // In a table with one column, a blank line is a row without a value and was kept.
    if (isBlank(fields)) continue;
    const issue = issueOf("wrongWidth", { cells: fields.length, columns: columns.length });
    file.issues.add(file.name, lines[row], () => `${describeIssue(issue)}.`);
  }
  const cells = wanted.map((name) => {
    const position = columns.indexOf(name);
    return [name, kept.map((row) => toCell(records[row]![position]!))] as const;
  });
  return {
    file: file.name,
    rows: kept.length,
    lines: kept.map((row) => lines[row]!),
    columns: new Map(cells),
  };
}

function toCell(text: string): Cell {
  return text === "" ? undefined : text;
}

interface Dialect {
  readonly file: TableFile;
  readonly separator: string;
  readonly quoted: boolean;
}

function parsePiece(piece: Piece, dialect: Dialect): Rows {
  const { bytes, line, newline } = piece;
  if (!isUtf8(bytes)) return parseRowByRow(piece, dialect);
  // Without quotes, every line is a record, and splitting it takes half the time.
  if (!bytes.includes(QUOTE)) {
    const records = splitRecords(bytes, newline, dialect.separator);
    return { lines: records.map((_, i) => line + i), records };
  }
  const { records, broken } = parseRecords(bytes, newline, dialect);
  if (broken) return parseRowByRow(piece, dialect);
  const lines: number[] = [];
  let next = line;
  for (const fields of records) {
    lines.push(next);
    next += 1 + lineBreaksIn(fields, newline);
  }
  return { lines, records };
}

/** The records of CSV without quotes. */
function splitRecords(bytes: Buffer, newline: number, separator: string): string[][] {
  const lines = bytes.toString().split(String.fromCharCode(newline));
  // What follows the last line break is a line only if there is something.
  const last = lines.pop()!;
  const records = lines.map((line) => withoutReturn(line).split(separator));
  if (last !== "") records.push(last.split(separator));
  return records;
}

function withoutReturn(line: string): string {
  return line.endsWith("\r") ? line.slice(0, -1) : line;
}

function lineBreaksIn(fields: readonly string[], newline: number): number {
  const character = String.fromCharCode(newline);
  let count = 0;
  for (const field of fields)
    if (field.includes(character)) count += field.split(character).length - 1;
  return count;
}

/** Every row that parses by itself; the others are issues, and reading goes on at the next line. */
function parseRowByRow({ bytes, line, newline }: Piece, dialect: Dialect): Rows {
  const { issues, name } = dialect.file;
  const rows: Rows = { lines: [], records: [] };
  let next = line;
  for (let at = 0; at < bytes.length; ) {
    const whole = bytes.subarray(at, endOfRecord(bytes, at, newline, dialect.quoted));
    const { records, broken } = parseRecords(whole, newline, dialect);
    const here = next;
    const good = !broken && records.length === 1 && isUtf8(whole);
    if (good) {
      rows.lines.push(here);
      rows.records.push(records[0]!);
    } else issues.add(name, here, () => (broken ? describeBroken(broken) : BAD_BYTES));
    // A broken row may have run into sound ones, unless its bytes alone are at fault.
    const length = good || !broken ? whole.length : endOfLine(whole, newline);
    next += countOf(bytes.subarray(at, at + length), newline);
    at += length;
  }
  return rows;
}

const BAD_BYTES =
  'has bytes that are not UTF-8; save the file as UTF-8, or describe it with "encoding": "latin1".';

function describeBroken(error: CsvError): string {
  return `${describeIssue(csvMistake(error))}.`;
}

function endOfLine(bytes: Buffer, newline: number): number {
  return bytes.indexOf(newline) + 1 || bytes.length;
}

/** The end of the first line at which as many quotes have closed as have opened; else the end of all. */
function endOfRecord(bytes: Buffer, start: number, newline: number, quoted: boolean): number {
  let open = false;
  for (let at = start; ; ) {
    const end = bytes.indexOf(newline, at) + 1 || bytes.length;
    if (quoted && countOf(bytes.subarray(at, end), QUOTE) % 2 === 1) open = !open;
    if (!open || end === bytes.length) return end;
    at = end;
  }
}

/** The last line break outside quotes. */
const betweenRecords: FindCut = (bytes, newline) => {
  let quotes = countOf(bytes, QUOTE);
  let end = bytes.length;
  for (;;) {
    const cut = bytes.subarray(0, end).lastIndexOf(newline) + 1;
    if (cut === 0) return 0;
    quotes -= countOf(bytes.subarray(cut, end), QUOTE);
    if (quotes % 2 === 0) return cut;
    end = cut - 1;
  }
};

function parseRecords(
  bytes: Buffer,
  newline: number,
  { separator, quoted }: Dialect,
): { records: string[][]; broken: CsvError | undefined } {
  let broken: CsvError | undefined;
  const options: Options = {
    delimiter: separator,
    quote: quoted ? '"' : null,
    record_delimiter: newline === 10 ? ["\r\n", "\n"] : "\r",
    relax_column_count: true,
    skip_records_with_error: true,
    on_skip: (error) => {
      broken ??= error;
      return undefined;
    },
  };
  return { records: parse(bytes, options) as unknown as string[][], broken };
}

interface Header {
  readonly columns: readonly string[];
  /** Those before it included: blank ones, and one that names the separator. */
  readonly lines: number;
}

async function readHeader(
  file: TableFile,
  { separator, quoted, isNamed }: Omit<Dialect, "file"> & { readonly isNamed: boolean },
): Promise<Header> {
  const piece = await firstPiece(file, quoted);
  const start = isNamed ? endOfLine(piece.bytes, piece.newline) : 0;
  const end = endOfHeader(piece, quoted, start);
  const { records, broken } = parseRecords(piece.bytes.subarray(start, end), piece.newline, {
    ...{ file, separator, quoted },
  });
  const fields = records.find((found) => !isBlank(found));
  if (broken || !fields) {
    throw new InputError(
      file.name,
      broken
        ? `the header line ${describeBroken(broken)}`
        : "is empty; its first line must name the columns",
    );
  }
  const names = fields.map((name) => name.trim());
  checkNames(names, file.name);
  const before = piece.bytes.subarray(0, end);
  const isWhole = before.at(-1) === piece.newline;
  return { columns: names, lines: countOf(before, piece.newline) + (isWhole ? 0 : 1) };
}

/** @throws InputError if a name is empty or there twice. */
function checkNames(names: readonly string[], file: string): void {
  const empty = names.indexOf("");
  if (empty !== -1) {
    throw new InputError(file, `column ${empty + 1} has no name; name it in the first line`);
  }
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new InputError(
      file,
      `two columns are named ${quote(twice)}; rename one in the first line`,
    );
  }
}

/** The first record that is not blank may start after blank lines. */
function endOfHeader({ bytes, newline }: Piece, quoted: boolean, start = 0): number {
  let end = start;
  do end = endOfRecord(bytes, end, newline, quoted);
  while (end < bytes.length && bytes.subarray(start, end).toString().trim() === "");
  return end;
}

async function firstPiece(file: TableFile, quoted: boolean): Promise<Piece> {
  for await (const piece of readPieces(file, quoted ? betweenRecords : afterLastLine)) return piece;
  throw new InputError(file.name, "is empty; its first line must name the columns");
}

/** See `namedSeparator`. */
async function readNamedSeparator(file: TableFile): Promise<string | undefined> {
  for await (const { bytes } of readPieces(file, afterLastLine)) {
    return namedSeparator(bytes.toString("utf8", 0, MAX_NAMED));
  }
  return undefined;
}

/** The separator that makes most fields of the first row, or the comma. */
async function guessSeparator(file: TableFile): Promise<string> {
  if (/\.(tsv|tab)(\.gz)?$/i.test(file.path)) return "\t";
  const piece = await firstPiece(file, true);
  const header = piece.bytes.subarray(0, Math.min(endOfHeader(piece, true), MAX_HEADER));
  return findSeparator(header.toString());
}
