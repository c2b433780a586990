/** Reads a table line by line as bytes, so that a million rows are parsed without allocating a million strings. */

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { whyUnread } from "../../node/fileErrors.ts";

/** Bytes read at a time. */
const CHUNK = 1 << 20; // 1 MiB

/** Longer lines are skipped: without a limit, a binary file without line breaks would be read into memory whole. */
const LONGEST_LINE = 1 << 16; // 64 KiB

const LF = 10;
const CR = 13;
const COLON = 58;

export interface LineHandler {
  /** Called for each line: `bytes[start, end)` without its line ending; the bytes are valid only during the call. */
  line(bytes: Buffer, start: number, end: number, line: number): void;
  /** Called for each line over `longest` bytes, which is skipped. */
  tooLong(line: number): void;
  /** Bytes; default: 64 KiB. */
  readonly longest?: number;
  /** Called with the file's bytes, in parts. @returns True where the rest is not wanted. */
  chunk?(bytes: Buffer): boolean;
}

/**
 * `forEachLine`, which also hashes the file.
 *
 * @returns SHA-256 (hex) of the file's bytes; undefined if the file does not exist.
 */
export async function readLines(path: string, handler: LineHandler): Promise<string | undefined> {
  const hash = createHash("sha256");
  const chunk = (bytes: Buffer) => {
    hash.update(bytes);
    return false;
  };
  const exists = await forEachLine(path, { ...handler, chunk });
  return exists ? hash.digest("hex") : undefined;
}

/**
 * Calls `handler` for every line that is not blank. Accepts LF and CRLF, a UTF-8 byte order mark, and a missing final
 * newline.
 *
 * @returns Whether the file exists.
 * @throws Error on UTF-16 text and on file system errors.
 */
export async function forEachLine(path: string, handler: LineHandler): Promise<boolean> {
  const { longest = LONGEST_LINE } = handler;
  let carry: Buffer | undefined; // the unfinished last line of the previous chunk
  let line = 0;
  let overlong = false;
  let first = true;

  function emit(bytes: Buffer, start: number, newline: number) {
    line++;
    if (overlong || newline - start > longest) {
      overlong = false;
      handler.tooLong(line);
      return;
    }
    const end = newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
    if (!isBlank(bytes, start, end)) handler.line(bytes, start, end, line);
  }

  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      if (handler.chunk?.(chunk)) return true;
      const bytes: Buffer = carry ? Buffer.concat([carry, chunk]) : chunk;
      let start = 0;
      if (first && bytes.length >= 3) {
        first = false;
        start = startOfText(bytes, path);
      }
      for (;;) {
        const newline = bytes.indexOf(LF, start);
        if (newline === -1) break;
        emit(bytes, start, newline);
        start = newline + 1;
      }
      carry = start < bytes.length ? bytes.subarray(start) : undefined;
      if (carry && carry.length > longest) {
        overlong = true;
        carry = undefined;
      }
    }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return false;
    throw code === undefined
      ? error
      : new Error(`${path} ${whyUnread(path, error)}`, { cause: error });
  }
  if (carry || overlong) emit(carry ?? Buffer.alloc(0), 0, carry?.length ?? 0);
  return true;
}

/** Bounds of the fields of a line separated by "::", reused from line to line. */
export interface Fields {
  /** Number of fields in the line; may exceed the length of `starts` and `ends`. */
  count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

/** @param capacity Number of fields whose bounds are recorded. */
export function createFields(capacity: number): Fields {
  return { count: 0, starts: new Int32Array(capacity), ends: new Int32Array(capacity) };
}

/** Splits `bytes[start, end)` at every "::" into `fields`; a single ":" does not separate. */
export function splitFields(bytes: Buffer, start: number, end: number, fields: Fields): void {
  const { starts, ends } = fields;
  let count = 0;
  let from = start;
  for (let p = start; p + 1 < end; p++) {
    if (bytes[p] !== COLON || bytes[p + 1] !== COLON) continue;
    if (count < starts.length) {
      starts[count] = from;
      ends[count] = p;
    }
    count++;
    from = p + 2;
    p++;
  }
  if (count < starts.length) {
    starts[count] = from;
    ends[count] = end;
  }
  fields.count = count + 1;
}

/** The non-negative integer that `bytes[start, end)` holds in 1 to 9 digits; -1 for anything else. */
export function parseDigits(bytes: Buffer, start: number, end: number): number {
  if (start >= end || end - start > 9) return -1;
  let value = 0;
  for (let p = start; p < end; p++) {
    const digit = bytes[p]! - 48;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value;
}

/** Text of `bytes[start, end)`, trimmed: UTF-8, or Latin-1 if it is not valid UTF-8. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const slice = bytes.subarray(start, end);
  return slice.toString(isUtf8(slice) ? "utf8" : "latin1").trim();
}

/** Offset of the first character after a UTF-8 byte order mark, if any. @throws Error on UTF-16. */
function startOfText(bytes: Buffer, path: string): number {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new Error(`${path} is UTF-16 text; save it as UTF-8 and try again`);
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let p = start; p < end; p++) {
    if (bytes[p] !== 32 && bytes[p] !== 9) return false; // space, tab
  }
  return true;
}
