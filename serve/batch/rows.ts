/** Items from a CSV or JSON Lines file, one at a time: no more than a row is in memory. */

import { createReadStream } from "node:fs";
import type { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import * as z from "zod";
import { whyUnread } from "../../node/fileErrors.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpec, InputSpecs } from "../../predictor/inputs/types.ts";
import { describeIssue, issueOf } from "../../predictor/issues.ts";
import { utf8Issue } from "../../predictor/utf8.ts";
import { isNoValue, losesDigits, toText } from "../../predictor/values.ts";
import { isFile, servedType } from "../core/inputs/types.ts";
import { fieldOf, messageOf, shorten } from "../core/validation.ts";
import {
  type ColumnCheck,
  columnsOf,
  createColumnCheck,
  type Fields,
  fieldsOf,
} from "./columns.ts";
import { MAX_LINE_CHARACTERS, readCsvRecords } from "./csv.ts";
import { readLines } from "./lines.ts";
import { asUtf8 } from "./utf16.ts";

const idSchema = z
  .union([z.string(), z.number()], { error: "is neither a text nor a number" })
  .refine((id) => !losesDigits(id), { error: describeIssue(issueOf("lostDigits")) })
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
  /** See `fieldsOf`. */
  readonly fieldsIn: (names: readonly string[]) => Fields;
}

export interface ReadRow extends ParsedRow {
  /** Where it starts in the file, from 1. */
  readonly line: number;
  /** Bytes of the input read so far; some ahead of the row. */
  readonly bytes: number;
}

/** Cells of a CSV record by the columns' names. */
type Cells = Readonly<Record<string, string | undefined>>;

interface ParsedRow {
  /** Id of the row, even of a wrong one if it can be read. */
  readonly id?: Id;
  readonly row: Row | InputError;
}

/** Kinds of files of which a part stands for itself. */
export type RowsKind = "csv" | "jsonl";

/** By the ends of files' names, as in data sets. */
const KINDS: Readonly<Record<string, RowsKind>> = {
  csv: "csv",
  tsv: "csv",
  tab: "csv",
  dat: "csv",
  txt: "csv",
  jsonl: "jsonl",
  ndjson: "jsonl",
};

/** @returns Undefined if it is neither. */
export function kindOf(path: string): RowsKind | undefined {
  return KINDS[/\.(\w+)$/.exec(path)?.[1]?.toLowerCase() ?? ""];
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
  /** Whether JSON may be an array instead of lines. */
  readonly isJson?: boolean;
}

/**
 * Reads CSV with a header line, JSON lines or a JSON array, by the end of the file's name, plain or gzip. Rows that are
 * wrong are given as errors.
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
  const plain = path.replace(/\.gz$/i, "");
  const isJson = /\.json$/i.test(plain);
  const kind = isJson ? "jsonl" : kindOf(plain);
  if (kind === undefined) {
    const endings = [...Object.keys(KINDS), "json"].map((ending) => `.${ending}`).join(", ");
    throw new InputError("--input", `${path} does not end in ${endings}, or one of these and .gz`);
  }
  const file = createReadStream(path);
  const stream = plain === path ? file : unpacked(file);
  const bytes = () => file.bytesRead;
  const firstLine = kind === "csv" ? 2 : 1;
  const source = { kind, name: path, stream, bytes, firstLine, isJson };
  yield* readRowsOf(source, inputs, onIgnored);
}

function unpacked(file: Readable): Readable {
  const stream = createGunzip();
  // A pipe hands neither errors nor the end of reading on.
  file.on("error", (error) => stream.destroy(error));
  stream.on("close", () => file.destroy());
  return file.pipe(stream);
}

/** The same for what is not a file of its own; see `readRows`. */
export async function* readRowsOf(
  source: RowsSource,
  inputs: InputSpecs,
  onIgnored: (name: string) => void,
): AsyncGenerator<ReadRow> {
  const columns = createColumnCheck(inputs, onIgnored);
  const fieldsIn = fieldsOf(inputs);
  const reading = { inputs, schema: rowSchema(inputs), columns, fieldsIn };
  try {
    yield* source.kind === "csv" ? readCsv(source, reading) : readJsonLines(source, reading);
  } catch (error) {
    if (error instanceof InputError) throw error;
    if (/^Z_/.test((error as NodeJS.ErrnoException).code ?? "")) {
      const why = `its gzip data ends in an error (${(error as Error).message})`;
      throw new InputError("--input", `${source.name} is damaged or cut short: ${why}`);
    }
    throw new InputError("--input", `${source.name} ${whyUnread(source.name, error)}`);
  } finally {
    source.stream.destroy();
  }
}

/** Bytes of a JSON array, which is parsed whole; as in data sets. */
const MAX_ARRAY = 1 << 28;

async function* readJsonLines(source: RowsSource, reading: Reading): AsyncGenerator<ReadRow> {
  let line = source.firstLine - 1;
  let array: Buffer[] | undefined;
  let size = 0;
  for await (const bytes of readLines(asUtf8(source.stream))) {
    size += bytes.length;
    if (array !== undefined) {
      array.push(bytes);
      if (size > MAX_ARRAY) throw tooLarge(source.name);
      continue;
    }
    line++;
    const text = bytes.toString().replace(/\r?\n$/, "");
    if (text.trim() === "") continue;
    if (source.isJson && noBom(text).trimStart().startsWith("[")) {
      array = [bytes];
      continue;
    }
    const parsed = parseJsonLine(line === 1 ? noBom(text) : text, reading);
    yield { line, bytes: source.bytes(), ...parsed };
  }
  if (array !== undefined) yield* readArray(Buffer.concat(array), source, reading);
}

/** Elements are numbered as lines are. */
async function* readArray(
  bytes: Buffer,
  source: RowsSource,
  reading: Reading,
): AsyncGenerator<ReadRow> {
  let rows: unknown[];
  try {
    rows = JSON.parse(noBom(bytes.toString())) as unknown[];
  } catch (error) {
    const why = (error as Error).message;
    throw new InputError("--input", `${source.name} is not JSON (${why}); mend the array`);
  }
  for (const [i, row] of rows.entries()) {
    const issue = utf8Issue(JSON.stringify(row));
    const parsed = checkJson(row, reading);
    const wrongText = issue === undefined ? {} : wrong("row", issue);
    yield { line: i + 1, bytes: source.bytes(), ...parsed, ...wrongText };
  }
}

function tooLarge(name: string): InputError {
  return new InputError(
    "--input",
    `${name} is an array of more than ${MAX_ARRAY >> 20} MiB; write one object a line instead (jq -c '.[]')`,
  );
}

function noBom(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}

function parseJsonLine(text: string, reading: Reading): ParsedRow {
  if (text.length > MAX_LINE_CHARACTERS) {
    return wrong("row", `has ${text.length} characters; at most ${MAX_LINE_CHARACTERS}`);
  }
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return wrong("row", `is not JSON (${(error as Error).message})`);
  }
  const issue = utf8Issue(text);
  return { ...checkJson(json, reading), ...(issue === undefined ? {} : wrong("row", issue)) };
}

/** Keys that are no inputs are left out, as columns of CSV are. */
function checkJson(json: unknown, { inputs, schema, columns, fieldsIn }: Reading): ParsedRow {
  if (typeof json !== "object" || json === null || Array.isArray(json)) return check(json, schema);
  const keys = Object.keys(json);
  columns.ignore(keys);
  const fields = fieldsIn(keys);
  const row: Record<string, unknown> = { id: (json as { id?: unknown }).id };
  for (const [name, spec] of Object.entries(inputs)) {
    const key = fields.get(name)!;
    const value = Object.hasOwn(json, key) ? (json as Item)[key] : undefined;
    if (isNoValue(value, spec)) continue;
    try {
      row[name] = fromTable(name, spec, value);
    } catch (error) {
      if (!(error instanceof InputError)) throw error;
      return { ...check({ id: row.id }, schema), row: error };
    }
  }
  return check(row, schema);
}

/**
 * Text is what the same cell of CSV would be, and so are numbers of inputs that do not take them. One that has lost digits
 * is refused where text is expected.
 */
function fromTable(name: string, spec: InputSpec, value: unknown): unknown {
  const type = servedType(spec);
  if (typeof value === "number" ? type.takesNumbers?.(spec) : typeof value !== "string")
    return value;
  return losesDigits(value) ? value : type.fromCell(name, toText(value), spec);
}

async function* readCsv(source: RowsSource, reading: Reading): AsyncGenerator<ReadRow> {
  const { stream, name, firstLine } = source;
  let fields: Fields = new Map();
  const columns = (header: string[]) => {
    const names = checkHeader(header, name, reading);
    fields = reading.fieldsIn(names);
    return names;
  };
  // The header counts as the line before the rows, wherever these come from.
  const before = firstLine - 2;
  for await (const found of readCsvRecords<Cells>(stream, columns)) {
    const bytes = source.bytes();
    const line = before + 1 + found.line;
    if ("rest" in found) {
      const rest = wrong("row", `${found.rest}; the rest of the file is not read`);
      yield { line, bytes, ...rest };
      continue;
    }
    const parsed = found.error
      ? wrong("row", found.error)
      : parseRecord(found.fields, fields, reading);
    yield { line, bytes, ...parsed };
  }
}

function checkHeader(header: string[], path: string, { inputs, columns }: Reading): string[] {
  const known = columnsOf(inputs);
  const names = header.map((cell) => {
    const name = cell.trim();
    const lower = name.toLowerCase();
    if (known.includes(name)) return name;
    return known.find((column) => column.toLowerCase() === lower) ?? name;
  });
  const misspelt = columns.check(names);
  if (misspelt !== undefined) throw new InputError("--input", `${path}:1: the column ${misspelt}`);
  if (!names.some((name) => known.includes(name))) {
    throw new InputError(
      "--input",
      `${path}:1 must be a header with any of the columns ${known.join(", ")}; found ${shorten(names.join(", "))}`,
    );
  }
  const twice = names.find((name, i) => name !== "" && names.indexOf(name) !== i);
  if (twice !== undefined) {
    const column = JSON.stringify(shorten(twice));
    throw new InputError("--input", `${path}:1: two columns are named ${column}; rename one`);
  }
  columns.ignore(names);
  return names;
}

/** @param fields Of the file, see `fieldsOf`. */
function parseRecord(record: Cells, fields: Fields, { inputs, schema }: Reading): ParsedRow {
  const text = (column: string) => {
    const value = record[column]?.trim();
    return value === "" ? undefined : value;
  };
  const row: Record<string, unknown> = { id: text("id") };
  for (const [name, column] of [["id", "id"], ...fields] as const) {
    const issue = utf8Issue(text(column) ?? "");
    if (issue !== undefined) return { id: text("id"), ...wrong(name, issue) };
  }
  for (const [name, spec] of Object.entries(inputs)) {
    const cell = text(fields.get(name)!);
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
