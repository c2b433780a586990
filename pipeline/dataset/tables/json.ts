/** JSON: one object a line, or one array of objects. */

import { isUtf8 } from "node:buffer";
import { InputError } from "../../../predictor/errors.ts";
import { describeJsonError } from "../jsonError.ts";
import { afterLastLine, MAX_RECORD, readPieces } from "./pieces.ts";
import { type Batch, type Cell, createBatchBuilder, type Table, type TableFile } from "./table.ts";

/** Rows whose keys make the table's columns. */
const SAMPLE = 1000;
/** Bytes of a JSON array: it is parsed whole. */
const MAX_ARRAY = 1 << 28;
/** Rows of a batch of a JSON array. */
const BATCH = 8192;

type Row = Readonly<Record<string, unknown>>;

/** @throws InputError if the file holds no object, or is an array that is broken or too large. */
export async function openJson(file: TableFile): Promise<Table> {
  for await (const { bytes } of readPieces(file, afterLastLine)) {
    const start = /\S/.exec(bytes.toString("utf8", 0, 4096))?.[0];
    if (start === "[") return openArray(file);
    if (start !== undefined) return openLines(file);
  }
  throw new InputError(file.name, "is empty; expected an array of objects, or an object a line");
}

async function openLines(file: TableFile): Promise<Table> {
  const columns = new Set<string>();
  let rows = 0;
  for await (const { row } of readLines({ ...file, issues: SILENT })) {
    for (const key of Object.keys(row)) columns.add(key);
    if (++rows === SAMPLE) break;
  }
  if (rows === 0) {
    throw new InputError(
      file.name,
      "has no line that is a JSON object; expected an array of objects, or an object a line",
    );
  }
  return {
    columns: [...columns],
    loose: true,
    async *read(wanted = [...columns]) {
      const builder = createBatchBuilder(file.name, wanted);
      for await (const { line, row, last } of readLines(file)) {
        noteNewKeys(row, columns, file, line);
        builder.add(line, (i) => cellOf(row, wanted[i]!));
        if (last) yield builder.take();
      }
      if (builder.rows > 0) yield builder.take();
    },
  };
}

/** For looking ahead: the same lines are read again, and then with the file's issues. */
const SILENT: TableFile["issues"] = {
  add() {},
  note() {},
  list: [],
  counts: {},
  noteCounts: {},
  throwIfAny() {},
};

function noteNewKeys(row: Row, columns: Set<string>, file: TableFile, line: number): void {
  for (const key in row) {
    if (columns.has(key)) continue;
    columns.add(key);
    file.issues.note(
      file.name,
      line,
      () =>
        `is the first row with the key ${JSON.stringify(key)}, which is not used; give it to one of the first ${SAMPLE} rows.`,
    );
  }
}

interface Line {
  readonly line: number;
  readonly row: Row;
  /** Whether a batch should end here. */
  readonly last: boolean;
}

async function* readLines(file: TableFile): AsyncGenerator<Line> {
  for await (const { bytes, line: first, newline } of readPieces(file, afterLastLine)) {
    let line = first;
    for (let at = 0; at < bytes.length; line++) {
      const end = bytes.indexOf(newline, at) + 1 || bytes.length;
      const parsed = parseLine(bytes.subarray(at, end));
      at = end;
      if (parsed === undefined) continue;
      if (typeof parsed === "string") file.issues.add(file.name, line, () => parsed);
      else yield { line, row: parsed, last: at === bytes.length };
    }
  }
}

/** The line's object, what is wrong with it, or undefined if it is blank. */
function parseLine(bytes: Buffer): Row | string | undefined {
  if (!isUtf8(bytes)) return "has bytes that are not UTF-8; save the file as UTF-8.";
  if (bytes.length >= MAX_RECORD) return `is longer than ${MAX_RECORD} bytes; is it one object?`;
  const text = bytes.toString().trim();
  if (text === "") return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isRow(value) ? value : "is not a JSON object; expected one in braces on each line.";
  } catch {
    return `is not JSON (${describeJsonError(text).message}); expected one object on each line.`;
  }
}

async function openArray(file: TableFile): Promise<Table> {
  const values = parseArray(await readWhole(file), file.name);
  const columns = new Set<string>();
  for (const value of values)
    if (isRow(value)) for (const key of Object.keys(value)) columns.add(key);
  if (columns.size === 0) throw new InputError(file.name, "has no object with keys in its array");
  return {
    columns: [...columns],
    loose: true,
    async *read(wanted = [...columns]): AsyncGenerator<Batch> {
      const builder = createBatchBuilder(file.name, wanted);
      for (const [i, value] of values.entries()) {
        if (isRow(value)) builder.add(i + 1, (i) => cellOf(value, wanted[i]!));
        else file.issues.add(file.name, i + 1, () => `element ${i + 1} is not an object.`);
        if (builder.rows === BATCH) yield builder.take();
      }
      if (builder.rows > 0) yield builder.take();
    },
  };
}

async function readWhole(file: TableFile): Promise<string> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const { bytes } of readPieces(file, afterLastLine)) {
    size += bytes.length;
    if (size > MAX_ARRAY) {
      throw new InputError(
        file.name,
        `is an array of more than ${MAX_ARRAY / 2 ** 20} MiB; write one object a line instead (jq -c '.[]'), which is read piece by piece`,
      );
    }
    parts.push(bytes);
  }
  return Buffer.concat(parts).toString();
}

function parseArray(text: string, name: string): readonly unknown[] {
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    const { message, line } = describeJsonError(text);
    throw new InputError(
      name,
      `${line === undefined ? "" : `line ${line} `}is not JSON (${message}); mend the array, or write one object a line`,
    );
  }
}

function isRow(value: unknown): value is Row {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cellOf(row: Row, column: string): Cell {
  // Every object has a "constructor", whatever its keys are.
  const value = Object.hasOwn(row, column) ? row[column] : undefined;
  return value === null || value === "" ? undefined : (value as Cell);
}
