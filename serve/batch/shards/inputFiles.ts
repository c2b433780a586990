/** The files of a batch that is cut into shards. */

import { stat } from "node:fs/promises";
import { basename, join } from "node:path";
import { glob, isDynamicPattern } from "tinyglobby";
import { whyUnread } from "../../../node/fileErrors.ts";
import { InputError } from "../../../predictor/errors.ts";
import { kindOf, type RowsKind } from "../rows.ts";

export interface InputFile {
  readonly path: string;
  /** As answers call it; undefined where the input is one file. */
  readonly name: string | undefined;
  readonly kind: RowsKind | "parquet";
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly changed: number;
}

const ENDINGS = ".csv, .tsv, .jsonl, .ndjson or .parquet";
/** What makes a file one with rows in the eyes of someone who looks through a folder. */
const ROWS_NAME = /\.(csv|tsv|jsonl|ndjson|parquet)$/i;

/**
 * @param input A file, a folder whose files are meant, or a pattern: `rows/*.csv`.
 * @returns In the order of their names; other kinds of files are left out where a folder is named.
 * @throws InputError if there are none, or one is of another kind or cannot be read.
 */
export async function findInputFiles(input: string): Promise<InputFile[]> {
  const info = await stat(input).catch(() => undefined);
  if (info?.isFile()) return [await describe(input, undefined)];
  const found = info?.isDirectory()
    ? (await glob("*", { cwd: input }))
        .filter((name) => ROWS_NAME.test(name))
        .map((name) => join(input, name))
    : isDynamicPattern(input)
      ? await glob(input, { expandDirectories: false })
      : [];
  if (found.length === 0) {
    const reason = info ? `has no ${ENDINGS} files` : "names no file, folder or pattern with files";
    throw new InputError("--input", `${input} ${reason}`);
  }
  const paths = found.sort();
  const names = paths.map((path) => basename(path));
  // Files of several folders may have the same name.
  const unique = new Set(names).size === names.length;
  return Promise.all(paths.map((path, i) => describe(path, unique ? names[i] : path)));
}

function kindOfFile(path: string): InputFile["kind"] | undefined {
  return /\.parquet$/i.test(path) ? "parquet" : kindOf(path);
}

async function describe(path: string, name: string | undefined): Promise<InputFile> {
  const kind = kindOfFile(path);
  if (kind === undefined) throw new InputError("--input", `${path} does not end in ${ENDINGS}`);
  const { size, mtimeMs } = await stat(path).catch((error: Error) => {
    throw new InputError("--input", `${path} ${whyUnread(path, error)}`);
  });
  return { path, name, kind, bytes: size, changed: mtimeMs };
}
