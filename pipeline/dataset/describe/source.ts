/** What the user points at -> a description: one that is there, one of a known layout, or a guess from the table. */

import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../../../predictor/errors.ts";
import { describeFirst, type IssueList } from "../issues.ts";
import { LAYOUTS } from "../layouts/index.ts";
import { DESCRIPTION_FILE, listFiles } from "../listFiles.ts";
import { isTableName, openTable, type TableSpec } from "../tables/open.ts";
import { type ColumnRole, guessDescription } from "./guess.ts";
import { type ColumnProfile, profileTable } from "./profile.ts";

const GUESSED = ["inputs", "target"];

export interface Source {
  /** Folder that paths are relative to. */
  readonly root: string;
  /** The description's text: as it is in the file, or as it would be written. */
  readonly text: string;
  /** How errors and the report name it. */
  readonly file: string;
  /** Where the description comes from, as a sentence. */
  readonly origin: string;
  /** Whether the description was there before. */
  readonly given: boolean;
  readonly roles: readonly ColumnRole[];
  /** Profiles of the columns of the items' table, where it was looked at for a guess. */
  readonly profiles?: readonly ColumnProfile[];
}

/**
 * @param path A table, a folder, or a description.
 * @param target Column to predict, if the user names it.
 * @throws InputError if there is nothing at the path that can be described.
 */
export async function findSource(
  path: string,
  target: string | undefined,
  issues: IssueList,
): Promise<Source> {
  const info = await stat(path).catch(() => undefined);
  if (info === undefined) throw new InputError("data", `there is no file or folder ${path}`);
  const root = resolve(info.isDirectory() ? path : dirname(path));
  if (info.isDirectory()) return describeFolder(root, target, issues);
  if (await isDescription(path)) return givenSource(resolve(path));
  const base = { name: nameOf(path), items: basename(path) };
  return guess({ root, base, target, issues, origin: `guessed from ${basename(path)}` });
}

/** A JSON file with an object that has items and inputs; anything else that ends so is a table. */
async function isDescription(path: string): Promise<boolean> {
  if (basename(path) === DESCRIPTION_FILE) return true;
  if (!path.endsWith(".json") || (await stat(path)).size > 1 << 20) return false;
  const text = await readFile(path, "utf8");
  return /^\s*\{/.test(text) && /"items"\s*:/.test(text) && /"(inputs|target)"\s*:/.test(text);
}

async function givenSource(path: string): Promise<Source> {
  return {
    root: dirname(path),
    text: await readFile(path, "utf8"),
    file: basename(path),
    origin: `described by ${basename(path)}`,
    given: true,
    roles: [],
  };
}

async function describeFolder(
  root: string,
  target: string | undefined,
  issues: IssueList,
): Promise<Source> {
  const files = await listFiles(root);
  if (files.has(DESCRIPTION_FILE)) return givenSource(join(root, DESCRIPTION_FILE));
  const layout = LAYOUTS.find(({ matches }) => matches(files));
  if (layout) {
    const base = layout.describe(basename(root), files);
    const origin = `${layout.name}, recognised by its files`;
    return GUESSED.every((key) => key in base)
      ? writtenSource(root, base, origin, [])
      : guess({ root, base, target, issues, origin: `${origin}; inputs and target are guessed` });
  }
  const tables = [...files].filter((file) => !file.includes("/") && isTableName(file)).sort();
  if (tables.length !== 1) {
    throw new InputError(
      "data",
      tables.length === 0
        ? `${root} has no table; expected CSV, TSV, JSON, JSON lines or Parquet`
        : `${root} has several tables (${tables.join(", ")}); name the one with the items`,
    );
  }
  const base = { name: basename(root), items: tables[0]! };
  return guess({ root, base, target, issues, origin: `guessed from ${tables[0]}` });
}

interface GuessContext {
  readonly root: string;
  readonly base: Readonly<Record<string, unknown>>;
  readonly target: string | undefined;
  readonly issues: IssueList;
  readonly origin: string;
}

async function guess({ root, base, target, issues, origin }: GuessContext): Promise<Source> {
  const table = await openTable(base.items as TableSpec, root, issues);
  if (target !== undefined && !table.columns.includes(target)) {
    throw new InputError("target", `is "${target}"; the columns are ${table.columns.join(", ")}`);
  }
  const profiles: readonly ColumnProfile[] = await profileTable(table);
  if (profiles[0]?.rows === 0) {
    const file = typeof base.items === "string" ? join(root, base.items) : root;
    const why = describeFirst(issues.list);
    throw new InputError("data", `${file} has no row that can be read${why}`);
  }
  const { description, roles } = guessDescription(profiles, base, target);
  return { ...writtenSource(root, description, origin, roles), profiles };
}

function writtenSource(
  root: string,
  description: object,
  origin: string,
  roles: readonly ColumnRole[],
): Source {
  const text = `${JSON.stringify(description, undefined, 2)}\n`;
  return { root, text, file: DESCRIPTION_FILE, origin, given: false, roles };
}

/** Names of a data set are those of their file without its ends. */
function nameOf(path: string): string {
  return basename(path).replace(/\..*$/, "") || "data";
}
