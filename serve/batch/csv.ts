/** CSV by csv-parse: records with their places, and no row lost before a mistake that the parser cannot get over. */

import { pipeline, Readable } from "node:stream";
import { parse } from "csv-parse";
import { type CsvError, csvMistake } from "../../predictor/csvMistake.ts";
import { findSeparator, namedSeparator } from "../../predictor/csvSeparator.ts";
import { describeIssue } from "../../predictor/issues.ts";
import { asUtf8 } from "./utf16.ts";

/** Longer lines are refused: a line is kept in memory whole. */
export const MAX_LINE_CHARACTERS = 1 << 22;

export interface CsvRecord<Fields> {
  readonly fields: Fields;
  /** What is wrong with the record, e.g. too few fields; the others are not affected. */
  readonly error: string | undefined;
  /** Where it starts, in lines after the first of the stream. */
  readonly line: number;
  /** Lines of the stream up to its end. */
  readonly lines: number;
  /** Bytes of the stream up to its end. */
  readonly bytes: number;
}

/** The parser has lost the records' ends, e.g. after a quote that is never closed. */
export interface CsvBreak {
  /** Why the rest of the stream is no CSV. */
  readonly rest: string;
  /** Where the rest starts, in lines after the first of the stream. */
  readonly line: number;
}

interface Parsed<Fields> {
  readonly record: Fields;
  readonly info: { readonly error?: CsvError; readonly bytes: number };
  /** The record's text with the line breaks that end it, and blank lines before it. */
  readonly raw: string;
}

const LINE_BREAK = /\r\n|\r|\n/g;

/** Bytes that the header is looked for in. */
const MAX_HEADER = 1 << 16;

/** The text's start, and all of it. */
async function peek(
  chunks: AsyncGenerator<Buffer>,
): Promise<{ start: Buffer; rest: AsyncIterable<Buffer> }> {
  let start: Buffer = Buffer.alloc(0);
  let ended = false;
  while (!ended && start.length < MAX_HEADER) {
    const next = await chunks.next();
    if (!next.done) start = Buffer.concat([start, next.value]);
    ended = next.done === true;
  }
  async function* all() {
    yield start;
    if (!ended) yield* chunks;
  }
  return { start, rest: all() };
}

/**
 * @param stream Of UTF-8, or of UTF-16 with its mark; of the latter, bytes count as those of UTF-8.
 * @param columns Is given the header's cells and names them; false: the first line is a record like the others.
 * @throws Error of the stream, and what `columns` throws.
 */
export async function* readCsvRecords<Fields>(
  stream: Readable,
  columns: ((header: string[]) => string[]) | false,
): AsyncGenerator<CsvRecord<Fields> | CsvBreak> {
  let parsed = 0;
  let broken: { readonly after: number; readonly message: string } | undefined;
  const { start, rest } = await peek(asUtf8(stream));
  const text = start.toString("utf8", 0, MAX_HEADER);
  const named = namedSeparator(text);
  const parser = parse({
    delimiter: named ?? findSeparator(text),
    from_line: named === undefined ? 1 : 2,
    bom: true,
    columns,
    info: true,
    raw: true,
    skip_empty_lines: true,
    relax_quotes: true,
    // A row with too many or too few fields is refused by itself, not the file with it.
    relax_column_count: true,
    max_record_size: MAX_LINE_CHARACTERS,
    on_record(record) {
      parsed++;
      return record;
    },
    // An error would destroy the parser, and with it the records before that nobody has taken yet.
    skip_records_with_error: true,
    on_skip: (error) => {
      broken ??= { after: parsed, message: mistakeOf(error as CsvError) };
      return undefined;
    },
  });
  // Errors of the stream reach the loop through the parser.
  pipeline(Readable.from(rest), parser, () => {});
  // The parser's own count takes "\r\n" inside quotes for two lines.
  let line = (columns === false ? 0 : 1) + (named === undefined ? 0 : 1);
  let taken = 0;
  for await (const { record, info, raw } of parser as AsyncIterable<Parsed<Fields>>) {
    if (taken++ === broken?.after) break;
    const blank = /^[\r\n]*/.exec(raw)![0].match(LINE_BREAK)?.length ?? 0;
    const lines = line + (raw.match(LINE_BREAK)?.length ?? 0);
    const { bytes } = info;
    const error = info.error && mistakeOf(info.error);
    yield { fields: record, error, line: line + blank, lines, bytes };
    line = lines;
  }
  if (broken !== undefined) yield { rest: broken.message, line };
}

function mistakeOf(error: CsvError): string {
  return describeIssue(csvMistake(error));
}
