/** Parquet, by hyparquet: one row group in memory at a time. */

import { isUtf8 } from "node:buffer";
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetRead,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { InputError } from "../../../predictor/errors.ts";
import { type Batch, type Cell, createBatchBuilder, type Table, type TableFile } from "./table.ts";

/** Rows of a batch: those of a row group can be a million. */
const BATCH = 8192;

/** @throws InputError if the file is damaged, cut short or not Parquet. */
export async function openParquet(file: TableFile): Promise<Table> {
  if (file.gzip) {
    throw new InputError(file.name, "is gzip; unpack it, because Parquet is compressed inside");
  }
  const buffer = await asyncBufferFromFile(file.path);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(buffer);
  } catch (error) {
    throw new InputError(
      file.name,
      `is not Parquet, or is cut short (${(error as Error).message}); get the file again`,
    );
  }
  const columns = topLevelNames(metadata);

  async function* readGroup(start: number, end: number, wanted: readonly string[]) {
    const builder = createBatchBuilder(file.name, wanted);
    let rows: unknown[][] = [];
    await parquetRead({
      file: buffer,
      metadata,
      compressors,
      utf8: false,
      columns: [...wanted],
      rowStart: start,
      rowEnd: end,
      onComplete: (found) => {
        rows = found;
      },
    });
    for (const [i, row] of rows.entries()) {
      builder.add(start + i + 1, (column) => toCell(row[column]));
      if (builder.rows === BATCH) yield builder.take();
    }
    if (builder.rows > 0) yield builder.take();
  }

  return {
    columns,
    async *read(wanted = columns): AsyncGenerator<Batch> {
      let start = 0;
      for (const group of metadata.row_groups) {
        const end = start + Number(group.num_rows);
        try {
          yield* readGroup(start, end, wanted);
        } catch (error) {
          for (let row = start + 1; row <= end; row++) {
            file.issues.add(file.name, row, () => describeLost(error as Error));
          }
        }
        start = end;
      }
    },
  };
}

function describeLost({ message }: Error): string {
  return `cannot be read: its row group is damaged (${message}); get the file again.`;
}

/** The schema is a tree, depth first; its root is not a column. */
function topLevelNames({ schema }: FileMetaData): string[] {
  const names: string[] = [];
  for (let at = 1; at < schema.length; ) {
    names.push(schema[at]!.name);
    at = endOfElement(schema, at);
  }
  return names;
}

/** Index of the element after the one at `at` and its descendants. */
function endOfElement(schema: FileMetaData["schema"], at: number): number {
  let next = at + 1;
  for (let child = 0; child < (schema[at]!.num_children ?? 0); child++) {
    next = endOfElement(schema, next);
  }
  return next;
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined || value === "") return undefined;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  if (value instanceof Date) return value.toISOString();
  // Text that is not declared as such, or bytes, e.g. of an image.
  if (value instanceof Uint8Array) return isUtf8(value) ? Buffer.from(value).toString() : value;
  if (Array.isArray(value)) return value.map(toCell);
  if (typeof value === "object") {
    return Object.fromEntries(Object.entries(value).map(([key, child]) => [key, toCell(child)]));
  }
  return value as Cell;
}
