/** Movies from a CSV or JSON Lines file, one at a time: no more than a row is in memory. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { z } from "zod";
import { InputError } from "../../predictor/errors.ts";
import type { UserSpec } from "../../predictor/preprocess/ratings.ts";
import { movieFields } from "../core/movieFields.ts";
import { fieldOf, messageOf } from "../core/validation.ts";
import { COLUMNS, type ColumnCheck, createColumnCheck } from "./columns.ts";

/** Longer lines are refused: a line is kept in memory whole. */
const MAX_LINE_CHARACTERS = 1 << 22;

const idSchema = z.union([z.string(), z.number()]).optional();

/** Checked by the predictor's functions, with the data of the model that answers. */
function rowSchema(ratings: UserSpec) {
  return z.object({
    ...movieFields(ratings, ratings.maxRatings),
    id: idSchema,
    poster: z.string().optional(),
  });
}
type RowSchema = ReturnType<typeof rowSchema>;

/** A movie of the input; its poster is a file's name. */
export type Row = z.infer<RowSchema>;

export interface ReadRow extends ParsedRow {
  /** Where it starts in the file, from 1. */
  readonly line: number;
  /** Bytes of the input read so far; some ahead of the row. */
  readonly bytes: number;
}

interface ParsedRow {
  /** Of a wrong row, too, where it can be read. */
  readonly id?: Row["id"];
  readonly row: Row | InputError;
}

/**
 * Reads a file whose name ends in `.csv` (with a header line) or in `.jsonl` or `.ndjson`. Rows that are wrong are
 * given as errors.
 *
 * @param ratings What the model's data says of ratings.
 * @param onIgnored Called with the name of each column or key that is left out.
 * @throws InputError if the file cannot be read, is of neither kind, or has a misspelt column.
 */
export async function* readRows(
  path: string,
  ratings: UserSpec,
  onIgnored: (name: string) => void,
): AsyncGenerator<ReadRow> {
  const kind = /\.(csv|jsonl|ndjson)$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === undefined) {
    throw new InputError("input", `${path} is neither .csv nor .jsonl`);
  }
  const schema = rowSchema(ratings);
  const columns = createColumnCheck(onIgnored);
  const stream = createReadStream(path);
  try {
    yield* kind === "csv"
      ? readCsv(stream, path, schema, columns)
      : readJsonLines(stream, schema, columns);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("input", `${path} cannot be read (${(error as Error).message})`);
  } finally {
    stream.destroy();
  }
}

async function* readJsonLines(
  stream: Readable & { bytesRead: number },
  schema: RowSchema,
  columns: ColumnCheck,
): AsyncGenerator<ReadRow> {
  let line = 0;
  for await (const text of createInterface({
    input: stream,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line++;
    if (text.trim() === "") continue;
    const parsed = parseJsonLine(line === 1 ? noBom(text) : text, schema, columns);
    yield { line, bytes: stream.bytesRead, ...parsed };
  }
}

function noBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseJsonLine(text: string, schema: RowSchema, columns: ColumnCheck): ParsedRow {
  if (text.length > MAX_LINE_CHARACTERS) {
    return wrong("row", `has ${text.length} characters; at most ${MAX_LINE_CHARACTERS}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return wrong("row", `is not JSON (${(error as Error).message})`);
  }
  const isObject = typeof json === "object" && json !== null && !Array.isArray(json);
  const misspelt = isObject ? columns.check(Object.keys(json as object)) : undefined;
  if (misspelt !== undefined) return { ...check(json, schema), ...wrong("row", misspelt) };
  return check(json, schema);
}

interface CsvRecord {
  readonly record: Readonly<Record<string, string | undefined>>;
  readonly info: { readonly error?: Error };
  /** The record's text with the line breaks that end it, and blank lines before it. */
  readonly raw: string;
}

const LINE_BREAK = /\r\n|\r|\n/g;

async function* readCsv(
  stream: Readable & { bytesRead: number },
  path: string,
  schema: RowSchema,
  columns: ColumnCheck,
): AsyncGenerator<ReadRow> {
  const parser = stream.pipe(
    parse({
      bom: true,
      columns: (header: string[]) => checkHeader(header, path, columns),
      info: true,
      raw: true,
      skip_empty_lines: true,
      relax_quotes: true,
      // A row with too many or too few fields is refused by itself, not the file with it.
      relax_column_count: true,
      max_record_size: MAX_LINE_CHARACTERS,
    }),
  );
  stream.on("error", (error) => parser.destroy(error));
  // The parser's own count takes "\r\n" inside quotes for two. After the header comes line 2.
  let next = 2;
  try {
    for await (const { record, info, raw } of parser as AsyncIterable<CsvRecord>) {
      const blank = /^[\r\n]*/.exec(raw)![0];
      const line = next + (blank.match(LINE_BREAK)?.length ?? 0);
      next += raw.match(LINE_BREAK)?.length ?? 0;
      const parsed = info.error
        ? wrong("row", `is not CSV: ${info.error.message}`)
        : parseRecord(record, schema);
      yield { line, bytes: stream.bytesRead, ...parsed };
    }
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    // The parser has lost the rows' ends, e.g. after a quote that is never closed: the rest of the file is refused.
    if (!code?.startsWith("CSV_")) throw error;
    const rest = wrong("row", `is not CSV, and with it the rest of the file: ${message}`);
    yield { line: next, bytes: stream.bytesRead, ...rest };
  }
}

function checkHeader(header: string[], path: string, columns: ColumnCheck): string[] {
  const names = header.map((name) => name.trim().toLowerCase());
  const misspelt = columns.check(names);
  if (misspelt !== undefined) throw new InputError("input", `${path}:1: the column ${misspelt}`);
  if (!names.some((name) => (COLUMNS as readonly string[]).includes(name))) {
    throw new InputError(
      "input",
      `${path}:1 must be a header with any of the columns ${COLUMNS.join(", ")}; found "${header.join(",").slice(0, 200)}"`,
    );
  }
  return names;
}

function parseRecord(record: CsvRecord["record"], schema: RowSchema): ParsedRow {
  const text = (name: string) => {
    const value = record[name]?.trim();
    return value === "" ? undefined : value;
  };
  const year = text("year");
  const ratings = text("ratings");
  let list: unknown;
  if (ratings !== undefined) {
    try {
      list = JSON.parse(ratings);
    } catch (error) {
      return {
        ...wrong("ratings", `is not a JSON array (${(error as Error).message})`),
        id: text("id"),
      };
    }
  }
  const row = {
    id: text("id"),
    title: text("title"),
    // Text that is not a number is passed on as text, so that the schema refuses it.
    year: year === undefined || Number.isNaN(Number(year)) ? year : Number(year),
    poster: text("poster"),
    ratings: list,
  };
  return check(row, schema);
}

function check(value: unknown, schema: RowSchema): ParsedRow {
  const result = schema.safeParse(value);
  if (result.success) return { id: result.data.id, row: result.data };
  const [issue] = result.error.issues;
  const id = idSchema.safeParse((value as { id?: unknown } | null)?.id).data;
  return { id, ...wrong(fieldOf("", issue!.path) || "row", messageOf(issue!)) };
}

function wrong(field: string, detail: string): ParsedRow {
  return { row: new InputError(field, detail) };
}
