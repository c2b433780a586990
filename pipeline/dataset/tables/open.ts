/** Opens a table: a file, several, or a glob of files with the same columns. */

import { existsSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { basename, join, relative, resolve } from "node:path";
import { closest } from "fastest-levenshtein";
import { glob } from "tinyglobby";
import { InputError } from "../../../predictor/errors.ts";
import { type IssueList, quote } from "../issues.ts";
import { openCsv } from "./csv.ts";
import { openJson } from "./json.ts";
import { openParquet } from "./parquet.ts";
import type { Batch, Table, TableFile, TableOptions } from "./table.ts";

/** Readers by the ends of files' names, without .gz. */
const FORMATS: Readonly<Record<string, (file: TableFile) => Promise<Table>>> = {
  csv: openCsv,
  tsv: openCsv,
  tab: openCsv,
  dat: openCsv,
  txt: openCsv,
  json: openJson,
  jsonl: openJson,
  ndjson: openJson,
  parquet: openParquet,
};
/** Those that make a file a table in the eyes of someone who looks through a folder. */
const TABLE_NAME = /\.(csv|tsv|json|jsonl|ndjson|parquet)(\.gz)?$/i;

/** Whether a file is a table by its name. */
export function isTableName(name: string): boolean {
  return TABLE_NAME.test(name);
}

/** A path or glob, several of them, or one with how to read it. */
export type TableSpec =
  | string
  | readonly string[]
  | (TableOptions & { readonly file: string | readonly string[] });

/**
 * Opens a table.
 *
 * @param spec Paths and globs are relative to `root`.
 * @param issues Gets the rows that cannot be read, by file and line.
 * @throws InputError if a file is absent, a folder, empty, damaged or of no known format, and if files have different columns.
 */
export async function openTable(spec: TableSpec, root: string, issues: IssueList): Promise<Table> {
  const { file, ...options } =
    typeof spec === "string" || !("file" in spec) ? { file: spec } : spec;
  const paths = await findFiles(typeof file === "string" ? [file] : file, root);
  const tables: Table[] = [];
  for (const path of paths) tables.push(await openFile(path, root, { ...options, issues }));
  if (!tables.every(({ loose }) => loose))
    checkSameColumns(
      tables,
      paths.map((path) => nameOf(path, root)),
    );
  const columns = [...new Set(tables.flatMap((table) => table.columns))];
  return {
    columns,
    async *read(wanted = columns): AsyncGenerator<Batch> {
      for (const table of tables) yield* table.read(wanted);
    },
  };
}

/**
 * Checks that a table has columns.
 *
 * @param wanted Columns, each with the key of the description that names it.
 * @param where The table's own key in the description.
 * @throws InputError naming the nearest column for the first that the table lacks.
 */
export function checkColumns(
  { columns }: Table,
  wanted: ReadonlyMap<string, string>,
  where: string,
): void {
  for (const [column, field] of wanted) {
    if (columns.includes(column)) continue;
    throw new InputError(
      field,
      `the table of ${where} has no column ${quote(column)}; did you mean ${quote(closest(column, [...columns]))}?`,
    );
  }
}

async function findFiles(patterns: readonly string[], root: string): Promise<string[]> {
  const paths: string[] = [];
  for (const pattern of patterns) {
    const path = resolve(root, pattern);
    // A name may have the characters of a glob.
    if (existsSync(path) || !/[*?[\]{}]/.test(pattern)) paths.push(path);
    else {
      const found = await glob(pattern, { cwd: root, absolute: true, expandDirectories: false });
      if (found.length === 0) throw new InputError(pattern, `no file in ${root} matches`);
      paths.push(...found.sort());
    }
  }
  return paths;
}

async function openFile(
  path: string,
  root: string,
  options: TableOptions & { readonly issues: IssueList },
): Promise<Table> {
  const name = nameOf(path, root);
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new InputError(name, `there is no such file (${path})`);
  if (info.isDirectory()) {
    throw new InputError(
      name,
      `is a folder; name a table in it, or a glob such as ${quote(join(basename(path), "*.csv"))}`,
    );
  }
  if (info.size === 0) throw new InputError(name, "is empty");
  const extension = /\.(\w+?)(?:\.gz)?$/i.exec(path)?.[1]?.toLowerCase() ?? "";
  const start = await firstBytes(path);
  const reader = isParquet(start) ? openParquet : FORMATS[extension];
  if (reader === undefined) {
    throw new InputError(
      name,
      `has an unknown format; expected a name that ends in ${Object.keys(FORMATS)
        .map((end) => `.${end}`)
        .join(", ")}, or in one of these and .gz`,
    );
  }
  return reader({ ...options, path, name, gzip: start[0] === 0x1f && start[1] === 0x8b });
}

function nameOf(path: string, root: string): string {
  return relative(root, path) || basename(path);
}

function isParquet(start: Buffer): boolean {
  return start.toString("latin1", 0, 4) === "PAR1";
}

async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(4), 0, 4, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** @throws InputError if a table's columns are not those of the first; their order may differ. */
function checkSameColumns(tables: readonly Table[], names: readonly string[]): void {
  const expected = tables[0]!.columns;
  for (const [i, { columns }] of tables.entries()) {
    const missing = expected.filter((column) => !columns.includes(column));
    const more = columns.filter((column) => !expected.includes(column));
    if (missing.length === 0 && more.length === 0) continue;
    const lacks = missing.length > 0 ? `lacks ${missing.map(quote).join(", ")}` : "";
    const has = more.length > 0 ? `has ${more.map(quote).join(", ")} besides` : "";
    throw new InputError(
      names[i]!,
      `${[lacks, has].filter(Boolean).join(" and ")}, compared with ${names[0]}; files of one table need the same columns`,
    );
  }
}
