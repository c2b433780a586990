/** Streams a table line by line as bytes, so that a million rows are parsed without a million strings. */

import { isUtf8 } from "node:buffer";
import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** Bytes read at a time. */
const CHUNK = 1 << 20; // 1 MiB

/** Longer lines are not rows of a table: without a limit a binary file would be collected whole. */
const LONGEST_LINE = 1 << 16; // 64 KiB

const LF = 10;
const CR = 13;
const COLON = 58;

export interface LineHandler {
  /** One line: `bytes[start, end)` without its line ending, valid during the call only. */
  line(bytes: Buffer, start: number, end: number, line: number): void;
  /** A line over 64 KiB, which is skipped. */
  tooLong(line: number): void;
}

/**
 * Calls `handler` for every line that is not blank and returns the SHA-256 (hex) of the file's bytes,
 * or undefined where the file does not exist. LF and CRLF, a UTF-8 byte order mark and a missing last
 * newline all make no difference. Throws on UTF-16, and on what the file system refuses.
 */
export async function readLines(path: string, handler: LineHandler): Promise<string | undefined> {
  const hash = createHash("sha256");
  let carry: Buffer | undefined; // the line that the last chunk left unfinished
  let line = 0;
  let overlong = false;
  let first = true;

  function emit(bytes: Buffer, start: number, newline: number) {
    line++;
    if (overlong || newline - start > LONGEST_LINE) {
      overlong = false;
      handler.tooLong(line);
      return;
    }
    const end = newline > start && bytes[newline - 1] === CR ? newline - 1 : newline;
    if (!isBlank(bytes, start, end)) handler.line(bytes, start, end, line);
  }

  try {
    for await (const chunk of createReadStream(path, { highWaterMark: CHUNK })) {
      hash.update(chunk);
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
      if (carry && carry.length > LONGEST_LINE) {
        overlong = true;
        carry = undefined;
      }
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (carry || overlong) emit(carry ?? Buffer.alloc(0), 0, carry?.length ?? 0);
  return hash.digest("hex");
}

/** Bounds of the fields of a line separated by "::", reused from line to line. */
export interface Fields {
  /** Fields found, also beyond the room in `starts` and `ends`. */
  count: number;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

export function createFields(room: number): Fields {
  return { count: 0, starts: new Int32Array(room), ends: new Int32Array(room) };
}

/** Splits `bytes[start, end)` at every "::" into `fields`; a single ":" belongs to its field. */
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

/** The integer written in `bytes[start, end)` with 1 to 9 digits, or -1. */
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

/** Text of `bytes[start, end)`: UTF-8, or Latin-1 where it is not valid UTF-8; spaces trimmed. */
export function decodeText(bytes: Buffer, start: number, end: number): string {
  const slice = bytes.subarray(start, end);
  return slice.toString(isUtf8(slice) ? "utf8" : "latin1").trim();
}

/** Offset of the first character, behind a UTF-8 byte order mark. */
function startOfText(bytes: Buffer, path: string): number {
  const [a, b, c] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new Error(`${path} is UTF-16 text; save it as UTF-8 and read it again`);
  }
  return a === 0xef && b === 0xbb && c === 0xbf ? 3 : 0;
}

function isBlank(bytes: Buffer, start: number, end: number): boolean {
  for (let p = start; p < end; p++) {
    if (bytes[p] !== 32 && bytes[p] !== 9) return false; // space, tab
  }
  return true;
}
