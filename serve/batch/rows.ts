/** Items from a CSV or JSON Lines file, one at a time: no more than a row is in memory. */

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { z } from "zod";
import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { utf8Issue } from "../../predictor/utf8.ts";
import { isNoValue } from "../../predictor/values.ts";
import { isFile, servedType } from "../core/inputs/types.ts";
import { fieldOf, messageOf } from "../core/validation.ts";
import { type ColumnCheck, columnsOf, createColumnCheck } from "./columns.ts";
import { MAX_LINE_CHARACTERS, readCsvRecords } from "./csv.ts";
import { readLines } from "./lines.ts";

const idSchema = z
  .union([z.string(), z.number()], { error: "is neither a text nor a number" })
  .nullish()
  .transform((id) => id ?? undefined);

/** No limits but those of the model: the user's own files can be trusted. */
const NO_LIMITS = { maxMovies: Number.POSITIVE_INFINITY, maxRatings: Number.POSITIVE_INFINITY };

/** Checked by the predictor's functions, with the data of the model that answers. */
function rowSchema(inputs: InputSpecs) {
  const fields = Object.entries(inputs).map(([name, spec]) => {
    const field = isFile(spec) ? z.string() : servedType(spec).field(name, spec, NO_LIMITS);
    return [name, field.nullish()];
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

/** Cells of a CSV record by the columns' names. */
type Fields = Readonly<Record<string, string | undefined>>;

interface ParsedRow {
  /** Id of the row, even of a wrong one if it can be read. */
  readonly id?: Id;
  readonly row: Row | InputError;
}

/** Kinds of files, by the ends of their names. */
export type RowsKind = "csv" | "jsonl";

/** @returns Undefined if it is neither. */
export function kindOf(path: string): RowsKind | undefined {
  const ending = /\.(csv|jsonl|ndjson)$/i.exec(path)?.[1]?.toLowerCase();
  return ending === "ndjson" ? "jsonl" : (ending as RowsKind | undefined);
}

export interface RowsSource {
  readonly kind: RowsKind;
  /** For errors. */
  readonly name: string;
  /** The content, beginning with the header line if it is CSV. */
  readonly stream: Readable;
  /** Bytes read so far. */
  readonly bytes: () => number;
  /** Number of the first line that is not the header: for a whole CSV file 2. */
  readonly firstLine: number;
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
  const kind = kindOf(path);
  if (kind === undefined) {
    throw new InputError("--input", `${path} is neither .csv nor .jsonl`);
  }
  const stream = createReadStream(path);
  const bytes = () => stream.bytesRead;
  const firstLine = kind === "csv" ? 2 : 1;
  yield* readRowsOf({ kind, name: path, stream, bytes, firstLine }, inputs, onIgnored);
}

/** The same for what is not a file of its own; see `readRows`. */
export async function* readRowsOf(
  source: RowsSource,
  inputs: InputSpecs,
  onIgnored: (name: string) => void,
): AsyncGenerator<ReadRow> {
  const columns = createColumnCheck(columnsOf(inputs), onIgnored);
  const reading = { inputs, schema: rowSchema(inputs), columns };
  try {
    yield* source.kind === "csv" ? readCsv(source, reading) : readJsonLines(source, reading);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("--input", `${source.name} ${whyUnread(source.name, error)}`);
  } finally {
    source.stream.destroy();
  }
}

async function* readJsonLines(source: RowsSource, reading: Reading): AsyncGenerator<ReadRow> {
  let line = source.firstLine - 1;
  for await (const bytes of readLines(source.stream)) {
    line++;
    const text = bytes.toString().replace(/\r?\n$/, "");
    if (text.trim() === "") continue;
    const parsed = parseJsonLine(line === 1 ? noBom(text) : text, reading);
    yield { line, bytes: source.bytes(), ...parsed };
  }
}

function noBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseJsonLine(text: string, { inputs, schema, columns }: Reading): ParsedRow {
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
  const row = isObject ? withoutMissing(json as Item, inputs) : json;
  const issue = utf8Issue(text) ?? misspelt;
  if (issue !== undefined) return { ...check(row, schema), ...wrong("row", issue) };
  return check(row, schema);
}

function withoutMissing(row: Item, inputs: InputSpecs): Item {
  return Object.fromEntries(
    Object.entries(row).filter(
      ([name, value]) => !(Object.hasOwn(inputs, name) && isNoValue(value, inputs[name]!)),
    ),
  );
}

async function* readCsv(source: RowsSource, reading: Reading): AsyncGenerator<ReadRow> {
  const { stream, name, firstLine } = source;
  const columns = (header: string[]) => checkHeader(header, name, reading);
  // The header counts as the line before the rows, wherever these come from.
  const before = firstLine - 2;
  for await (const found of readCsvRecords<Fields>(stream, columns)) {
    const bytes = source.bytes();
    const line = before + 1 + found.line;
    if ("rest" in found) {
      const rest = wrong("row", `${found.rest}; the rest of the file is not read`);
      yield { line, bytes, ...rest };
      continue;
    }
    const parsed = found.error ? wrong("row", found.error) : parseRecord(found.fields, reading);
    yield { line, bytes, ...parsed };
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
  if (misspelt !== undefined) throw new InputError("--input", `${path}:1: the column ${misspelt}`);
  if (!names.some((name) => known.includes(name))) {
    throw new InputError(
      "--input",
      `${path}:1 must be a header with any of the columns ${known.join(", ")}; found "${header.join(",").slice(0, 200)}"`,
    );
  }
  return names;
}

function parseRecord(record: Fields, { inputs, schema }: Reading): ParsedRow {
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
    if (isNoValue(cell, spec)) continue;
    try {
      row[name] = servedType(spec).fromCell(name, cell!, spec);
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
