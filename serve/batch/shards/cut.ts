/** Cuts files into shards of whole rows. Which shards there are depends on the files alone. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { whyUnread } from "../../../node/fileErrors.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { InputError } from "../../../predictor/errors.ts";
import { MAX_LINE_CHARACTERS, readCsvRecords } from "../csv.ts";
import { readLines } from "../lines.ts";
import { utf16Of } from "../utf16.ts";
import type { InputFile } from "./inputFiles.ts";
import type { ShardJob } from "./job.ts";
import { readParquetLines } from "./parquet.ts";

/** A shard is read into memory whole: it ends at the row that reaches so many bytes. */
const MAX_SHARD_BYTES = 32 << 20;
/** Read of what is no CSV: the parser gives up within a record, which has up to four bytes a character. */
const MAX_BREAK_BYTES = 5 * MAX_LINE_CHARACTERS;

/** Where a shard's content is found. */
export type ContentPlace =
  /** The parts of a file, one after another: first byte, and the one after the last. */
  | { readonly path: string; readonly parts: readonly (readonly [number, number])[] }
  /** In the storage, under its SHA-256. */
  | { readonly stored: true };

export interface Shard {
  readonly rows: ShardJob["rows"];
  readonly place: ContentPlace;
  /** Bytes of the file, without the header; approximate for Parquet. */
  readonly bytes: number;
}

export interface CutOptions {
  /** Rows of a shard, but for the last of a file. */
  readonly rowsPerShard: number;
  /** Gets the rows of files that no part can be read of: Parquet. */
  readonly storage: Storage;
}

/** @throws InputError if the file cannot be read. */
export async function* cutFile(file: InputFile, options: CutOptions): AsyncGenerator<Shard> {
  try {
    if (file.kind !== "parquet") await refuseUtf16(file.path);
    yield* CUTS[file.kind](file, options);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("--input", `${file.path} ${whyUnread(file.path, error)}`);
  }
}

const CUTS = { csv: cutCsv, jsonl: cutLines, parquet: cutParquet };

async function* cutLines(file: InputFile, { rowsPerShard }: CutOptions): AsyncGenerator<Shard> {
  const cut = createCut(file, "jsonl", rowsPerShard, { line: 1, byte: 0 });
  let line = 1;
  let byte = 0;
  for await (const text of readLines(createReadStream(file.path))) {
    line++;
    byte += text.length;
    const shard = await cut.add({ line, byte });
    if (shard) yield shard;
  }
  const last = await cut.end();
  if (last) yield last;
}

async function* cutCsv(file: InputFile, { rowsPerShard }: CutOptions): AsyncGenerator<Shard> {
  const stream = createReadStream(file.path);
  let cut: Cut | undefined;
  let headerLines = 0;
  for await (const record of readCsvRecords(stream, false)) {
    if ("rest" in record) {
      // The reader of the shard finds the same mistake, and refuses the same rest.
      const end = Math.min(file.bytes, (cut?.lastByte() ?? 0) + MAX_BREAK_BYTES);
      cut ??= createCut(file, "csv", rowsPerShard, { line: 1, byte: 0 });
      const broken = await cut.add({ line: record.line + 2, byte: end });
      if (broken) yield broken;
      break;
    }
    if (cut === undefined) {
      // The line after the header is the second, as it is for `readRows`.
      headerLines = record.lines;
      cut = createCut(file, "csv", rowsPerShard, { line: 2, byte: record.bytes }, record.bytes);
      continue;
    }
    const line = record.lines - headerLines + 2;
    const shard = await cut.add({ line, byte: record.bytes });
    if (shard) yield shard;
  }
  // A file without rows has a shard, too: its header is checked.
  const last = await (cut ?? createCut(file, "csv", rowsPerShard, { line: 1, byte: 0 })).end(true);
  if (last) yield last;
}

async function refuseUtf16(path: string): Promise<void> {
  for await (const start of createReadStream(path, { end: 1 })) {
    if (utf16Of(start as Buffer) === undefined) return;
    throw new InputError("--input", `${path} is UTF-16; save it as UTF-8, or leave out --shards`);
  }
}

/** A place between two rows. */
interface Boundary {
  /** Number of the line after it. */
  readonly line: number;
  readonly byte: number;
}

interface Cut {
  /** @param end Of the next row. @returns The shard that it completes. */
  add(end: Boundary): Promise<Shard | undefined>;
  /** @param always Whether there is a shard even without rows, if there has been none. */
  end(always?: boolean): Promise<Shard | undefined>;
  lastByte(): number;
}

/** @param header Bytes of the header, which every shard has before its rows. */
function createCut(
  file: InputFile,
  kind: ShardJob["rows"]["kind"],
  rowsPerShard: number,
  first: Boundary,
  header = 0,
): Cut {
  const { path, name } = file;
  let begin = first;
  let last = first;
  let rows = 0;
  let shards = 0;
  async function take(): Promise<Shard> {
    const head: (readonly [number, number])[] = header > 0 ? [[0, header]] : [];
    const place = { path, parts: [...head, [begin.byte, last.byte] as const] };
    const content = createHash("sha256")
      .update(await readParts(place))
      .digest("hex");
    const shard = { rows: { kind, content, file: name, firstLine: begin.line }, place };
    const bytes = last.byte - begin.byte;
    begin = last;
    rows = 0;
    shards++;
    return { ...shard, bytes };
  }
  return {
    async add(end) {
      last = end;
      rows++;
      const full = rows === rowsPerShard || end.byte - begin.byte >= MAX_SHARD_BYTES;
      return full ? take() : undefined;
    },
    end: async (always = false) => (rows > 0 || (always && shards === 0) ? take() : undefined),
    lastByte: () => last.byte,
  };
}

/** For rows that are no longer what was cut. */
export function changedSince(path: string): Error {
  return new Error(`${path} has changed since it was cut into shards; run the command again`);
}

/** @throws Error if the file cannot be read, or is shorter. */
export async function readParts(place: Extract<ContentPlace, { path: string }>): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for (const [start, end] of place.parts) {
    if (end === start) continue;
    let bytes = 0;
    for await (const chunk of createReadStream(place.path, { start, end: end - 1 })) {
      chunks.push(chunk as Buffer);
      bytes += (chunk as Buffer).length;
    }
    if (bytes < end - start) throw new Error(`${place.path} is shorter than it was`);
  }
  return Buffer.concat(chunks);
}

/** No part of a Parquet file stands for itself: its rows are kept as lines of JSON. */
async function* cutParquet(file: InputFile, options: CutOptions): AsyncGenerator<Shard> {
  const { rowsPerShard, storage } = options;
  let lines: string[] = [];
  let bytes = 0;
  let row = 1;
  let taken = 0;
  async function take(share: number): Promise<Shard> {
    const content = await storage.put(Buffer.from(lines.join("")));
    const firstLine = row;
    row += lines.length;
    lines = [];
    bytes = 0;
    const rows = { kind: "jsonl" as const, content, file: file.name, firstLine };
    const part = share - taken;
    taken = share;
    return { rows, place: { stored: true }, bytes: part * file.bytes };
  }
  for await (const { line, share } of readParquetLines(file.path)) {
    lines.push(line);
    bytes += line.length;
    if (lines.length === rowsPerShard || bytes >= MAX_SHARD_BYTES) yield await take(share);
  }
  if (lines.length > 0) yield await take(1);
}
