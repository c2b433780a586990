/** Rows of a Parquet file as lines of JSON, by hyparquet: one row group in memory at a time. */

import { isUtf8 } from "node:buffer";
import {
  asyncBufferFromFile,
  type FileMetaData,
  parquetMetadataAsync,
  parquetReadObjects,
} from "hyparquet";
import { compressors } from "hyparquet-compressors";
import { InputError } from "../../../predictor/errors.ts";

export interface ParquetLine {
  /** JSON with a line feed. */
  readonly line: string;
  /** Share of the file that has been read, 0 to 1. */
  readonly share: number;
}

/** @throws InputError if the file is damaged, cut short or not Parquet. */
export async function* readParquetLines(path: string): AsyncGenerator<ParquetLine> {
  const file = await asyncBufferFromFile(path);
  let metadata: FileMetaData;
  try {
    metadata = await parquetMetadataAsync(file);
  } catch (error) {
    throw new InputError(
      "--input",
      `${path} is not Parquet, or is cut short (${(error as Error).message}); get the file again`,
    );
  }
  const total = Number(metadata.num_rows);
  let start = 0;
  for (const group of metadata.row_groups) {
    const end = start + Number(group.num_rows);
    const rows = await parquetReadObjects({
      file,
      metadata,
      compressors,
      utf8: false,
      rowStart: start,
      rowEnd: end,
    }).catch((error: Error) => {
      const where = `rows ${start + 1} to ${end} of ${path} cannot be read`;
      throw new InputError("--input", `${where} (${error.message}); get the file again`);
    });
    for (const [i, row] of rows.entries()) {
      yield { line: `${JSON.stringify(toJson(row))}\n`, share: (start + i + 1) / total };
    }
    start = end;
  }
}

/** As JSON Lines would have it: what is null is not there. */
function toJson(value: unknown): unknown {
  if (value === null || value === undefined) return undefined;
  if (typeof value === "bigint") {
    const number = Number(value);
    return Number.isSafeInteger(number) ? number : String(value);
  }
  // Text that is not declared as such; other bytes are not a value of any input.
  if (value instanceof Uint8Array) {
    return isUtf8(value) ? Buffer.from(value).toString() : { bytes: value.length };
  }
  if (value instanceof Date) return value.toISOString();
  if (ArrayBuffer.isView(value))
    return toJson([...(value as unknown as ArrayLike<unknown> & Iterable<unknown>)]);
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, toJson(part)]));
}
