/** Items from a CSV or JSON Lines file, one at a time: no more than a row is in memory. */

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parse } from "csv-parse";
import { z } from "zod";
import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { utf8Issue } from "../../predictor/utf8.ts";
import { isFile, servedType } from "../core/inputs/types.ts";
import { fieldOf, messageOf } from "../core/validation.ts";
import { type ColumnCheck, columnsOf, createColumnCheck } from "./columns.ts";

/** Longer lines are refused: a line is kept in memory whole. */
const MAX_LINE_CHARACTERS = 1 << 22;

const idSchema = z
  .union([z.string(), z.number()], { error: "is neither a text nor a number" })
  .optional();

/** No limits but those of the model: the user's own files can be trusted. */
const NO_LIMITS = { maxMovies: Number.POSITIVE_INFINITY, maxRatings: Number.POSITIVE_INFINITY };

/** Checked by the predictor's functions, with the data of the model that answers. */
function rowSchema(inputs: InputSpecs) {
  const fields = Object.entries(inputs).map(([name, spec]) => {
    const field = isFile(spec) ? z.string() : servedType(spec).field(name, spec, NO_LIMITS);
    return [name, field.optional()];
  });
  return z.object({ ...Object.fromEntries(fields), id: idSchema });
}
type RowSchema = ReturnType<typeof rowSchema>;

type Id = z.infer<typeof idSchema>;

/** An item of the input by the inputs' names; images are files' names. */
export interface Row {
  readonly id: Id;
  readonly item: Item;
}

/** What rows are read with. */
interface Reading {
  readonly inputs: InputSpecs;
  readonly schema: RowSchema;
  readonly columns: ColumnCheck;
}

export interface ReadRow extends ParsedRow {
  /** Where it starts in the file, from 1. */
  readonly line: number;
  /** Bytes of the input read so far; some ahead of the row. */
  readonly bytes: number;
}

interface ParsedRow {
  /** Of a wrong row, too, where it can be read. */
  readonly id?: Id;
  readonly row: Row | InputError;
}

/**
 * Reads a file whose name ends in `.csv` (with a header line) or in `.jsonl` or `.ndjson`. Rows that are wrong are
 * given as errors.
 *
 * @param inputs Of the model.
 * @param onIgnored Called with the name of each column or key that is left out.
 * @throws InputError if the file cannot be read, is of neither kind, or has a misspelt column.
 */
export async function* readRows(
  path: string,
  inputs: InputSpecs,
  onIgnored: (name: string) => void,
): AsyncGenerator<ReadRow> {
  const kind = /\.(csv|jsonl|ndjson)$/i.exec(path)?.[1]?.toLowerCase();
  if (kind === undefined) {
    throw new InputError("input", `${path} is neither .csv nor .jsonl`);
  }
  const columns = createColumnCheck(columnsOf(inputs), onIgnored);
  const reading = { inputs, schema: rowSchema(inputs), columns };
  const stream = createReadStream(path);
  try {
    yield* kind === "csv" ? readCsv(stream, path, reading) : readJsonLines(stream, reading);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("input", `${path} cannot be read (${(error as Error).message})`);
  } finally {
    stream.destroy();
  }
}

async function* readJsonLines(
  stream: Readable & { bytesRead: number },
  reading: Reading,
): AsyncGenerator<ReadRow> {
  let line = 0;
  for await (const text of createInterface({
    input: stream,
    crlfDelay: Number.POSITIVE_INFINITY,
  })) {
    line++;
    if (text.trim() === "") continue;
    const parsed = parseJsonLine(line === 1 ? noBom(text) : text, reading);
    yield { line, bytes: stream.bytesRead, ...parsed };
  }
}

function noBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseJsonLine(text: string, { schema, columns }: Reading): ParsedRow {
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
  const issue = utf8Issue(text) ?? misspelt;
  if (issue !== undefined) return { ...check(json, schema), ...wrong("row", issue) };
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
  reading: Reading,
): AsyncGenerator<ReadRow> {
  const parser = stream.pipe(
    parse({
      bom: true,
      columns: (header: string[]) => checkHeader(header, path, reading),
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
        : parseRecord(record, reading);
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

function checkHeader(header: string[], path: string, { inputs, columns }: Reading): string[] {
  const known = columnsOf(inputs);
  const names = header.map((cell) => {
    const name = cell.trim();
    const lower = name.toLowerCase();
    if (known.includes(name)) return name;
    return known.find((column) => column.toLowerCase() === lower) ?? lower;
  });
  const misspelt = columns.check(names);
  if (misspelt !== undefined) throw new InputError("input", `${path}:1: the column ${misspelt}`);
  if (!names.some((name) => known.includes(name))) {
    throw new InputError(
      "input",
      `${path}:1 must be a header with any of the columns ${known.join(", ")}; found "${header.join(",").slice(0, 200)}"`,
    );
  }
  return names;
}

function parseRecord(record: CsvRecord["record"], { inputs, schema }: Reading): ParsedRow {
  const text = (name: string) => {
    const value = record[name]?.trim();
    return value === "" ? undefined : value;
  };
  const row: Record<string, unknown> = { id: text("id") };
  for (const name of columnsOf(inputs)) {
    const issue = utf8Issue(text(name) ?? "");
    if (issue !== undefined) return { id: text("id"), ...wrong(name, issue) };
  }
  for (const [name, spec] of Object.entries(inputs)) {
    const cell = text(name);
    if (cell === undefined) continue;
    try {
      row[name] = servedType(spec).fromCell(name, cell, spec);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { id: text("id"), row: error };
    }
  }
  return check(row, schema);
}

function check(value: unknown, schema: RowSchema): ParsedRow {
  const result = schema.safeParse(value);
  if (result.success) {
    const { id, ...item } = result.data as Item & { readonly id?: Id };
    return { id, row: { id, item } };
  }
  const [issue] = result.error.issues;
  const id = idSchema.safeParse((value as { id?: unknown } | null)?.id).data;
  return { id, ...wrong(fieldOf("", issue!.path) || "row", messageOf(issue!)) };
}

function wrong(field: string, detail: string): ParsedRow {
  return { row: new InputError(field, detail) };
}
