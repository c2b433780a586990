/** A text file, plain or gzip, as pieces of whole records: what CSV and JSON lines have in common. */

import { createReadStream } from "node:fs";
import { createGunzip } from "node:zlib";
import { whyUnread } from "../../../node/fileErrors.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { TableFile } from "./table.ts";

/** Bytes; large enough for speed, small enough for many tables at once. */
const PIECE = 1 << 20;
/** Bytes; a row is held in memory whole, and a quote that is never closed makes a row of all that follows. */
export const MAX_RECORD = 1 << 23;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

export interface Piece {
  readonly bytes: Buffer;
  /** Number of its first line, from 1. */
  readonly line: number;
  /** The byte that ends lines in this file: a line feed, or in files that have none, a carriage return. */
  readonly newline: number;
}

/** @returns Where `bytes`, which may go on, can be cut: after the last byte of a whole record; 0 if nowhere. */
export type FindCut = (bytes: Buffer, newline: number) => number;

/** Cuts after the last line. */
export const afterLastLine: FindCut = (bytes, newline) => bytes.lastIndexOf(newline) + 1;

/**
 * Reads the file piece by piece. A piece without a place to cut grows to MAX_RECORD bytes and is then given as it is.
 *
 * @throws InputError if the file cannot be read, is damaged gzip, or is not text.
 */
export async function* readPieces(file: TableFile, findCut: FindCut): AsyncGenerator<Piece> {
  let newline: number | undefined;
  let rest: Buffer = Buffer.alloc(0);
  let line = 1;
  let wanted = PIECE;
  for await (const chunk of readText(file)) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    if (rest.length < wanted) continue;
    newline ??= newlineOf(rest);
    const found = findCut(rest, newline);
    if (found === 0 && rest.length < MAX_RECORD) {
      wanted = Math.min(2 * rest.length, MAX_RECORD);
      continue;
    }
    const cut = found || afterLastLine(rest, newline) || rest.length;
    const bytes = rest.subarray(0, cut);
    yield { bytes, line, newline };
    line += countOf(bytes, newline);
    rest = rest.subarray(cut);
    wanted = PIECE;
  }
  if (rest.length > 0) yield { bytes: rest, line, newline: newline ?? newlineOf(rest) };
}

/** Number of bytes that are `byte`. */
export function countOf(bytes: Buffer, byte: number): number {
  let count = 0;
  for (let at = bytes.indexOf(byte); at !== -1; at = bytes.indexOf(byte, at + 1)) count++;
  return count;
}

function newlineOf(bytes: Buffer): number {
  return bytes.includes(LINE_FEED) || !bytes.includes(CARRIAGE_RETURN)
    ? LINE_FEED
    : CARRIAGE_RETURN;
}

/** The file's bytes as UTF-8 text without a byte order mark. */
async function* readText(file: TableFile): AsyncGenerator<Buffer> {
  const source = createReadStream(file.path, { highWaterMark: 1 << 18 });
  const bytes = file.gzip ? source.pipe(createGunzip()) : source;
  // A pipe does not hand errors on.
  if (bytes !== source) source.on("error", (error) => bytes.destroy(error));
  // Every label of the standard's Latin-1 means windows-1252, which has it and more.
  const decoder =
    file.encoding === undefined || file.encoding === "utf-8"
      ? undefined
      : new TextDecoder(file.encoding);
  let first = true;
  try {
    for await (const chunk of bytes as AsyncIterable<Buffer>) {
      if (first && !decoder) checkText(chunk, file.name);
      const text = decoder ? Buffer.from(decoder.decode(chunk, { stream: true })) : chunk;
      yield first && !decoder ? withoutMark(text) : text;
      first = false;
    }
  } catch (error) {
    throw error instanceof InputError ? error : unreadable(file, error as NodeJS.ErrnoException);
  } finally {
    source.destroy();
  }
}

function withoutMark(bytes: Buffer): Buffer {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf ? bytes.subarray(3) : bytes;
}

/** @throws InputError on UTF-16, on NUL bytes, and on formats that are known by their first bytes. */
function checkText(bytes: Buffer, name: string): void {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw new InputError(name, "is UTF-16 text; save it as UTF-8 and try again");
  }
  if (a === 0x50 && b === 0x4b) {
    throw new InputError(
      name,
      "is a ZIP archive or a spreadsheet; unpack it, or export the sheet as CSV in UTF-8",
    );
  }
  if (bytes.subarray(0, 4096).includes(0)) {
    throw new InputError(name, "is not text: it has NUL bytes; give a CSV or JSON file in UTF-8");
  }
}

function unreadable({ path, name, gzip }: TableFile, error: NodeJS.ErrnoException): InputError {
  if (gzip && (error.code === "Z_BUF_ERROR" || error.code === "Z_DATA_ERROR")) {
    return new InputError(
      name,
      `is damaged or cut short: its gzip data ends in an error (${error.message}); get the file again`,
    );
  }
  return new InputError(name, whyUnread(path, error));
}
