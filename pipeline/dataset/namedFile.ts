/** The files that cells name: the one rule of where they are, for training and for `npm run describe`. */

import { accessSync, constants, statSync } from "node:fs";
import { dirname, isAbsolute, join, relative, resolve } from "node:path";
import { isNoFile, whyUnread } from "../../node/fileErrors.ts";
import { either } from "../../node/options/suggest.ts";
import { quote } from "./issues.ts";

/** How a description says where an input's files are. */
export interface FileOptions {
  /** Relative to the description's; default: that of the table with the cell. */
  readonly folder?: string | undefined;
  /** Tried in turn where there is no file of the name as it is. */
  readonly extensions?: readonly string[] | undefined;
}

/** The table that a cell is in. */
export interface NamingTable {
  /** Folder that the description's paths are relative to. */
  readonly root: string;
  /** The table's file, relative to it. */
  readonly file: string;
}

/** A name without a file that can be read. */
export interface NoFile {
  readonly name: string;
  /** Whether there is something of that name, such as a folder. */
  readonly exists: boolean;
  /** "but there is no file a.png": the rest of a sentence that says which column has the name. */
  readonly why: string;
}

/** Where the file of a name is, without looking whether it is there. */
export function pathOf(
  given: string,
  { folder }: FileOptions,
  { root, file }: NamingTable,
): string {
  return join(
    folder === undefined ? dirname(resolve(root, file)) : resolve(root, folder),
    given.trim(),
  );
}

/**
 * Finds the file that a cell names. Names are relative, so that a data set can be moved: an absolute path is only found
 * where the description says that the folder is "/".
 *
 * @param given Blanks around the name do not count.
 * @returns The first path with a file that can be read; or why there is none.
 */
export function findFile(
  given: string,
  options: FileOptions,
  table: NamingTable,
): { readonly path: string } | { readonly absent: NoFile } {
  const name = given.trim();
  const ends = (options.extensions ?? []).map((extension) => `.${extension.replace(/^\./, "")}`);
  const paths = ["", ...ends].map((end) => `${pathOf(given, options, table)}${end}`);
  const shown = (path: string) => quote(relative(table.root, path) || path);
  let unusable: string | undefined;
  for (const path of paths) {
    const state = look(path);
    if (state === "file") return { path };
    if (state !== "nothing") unusable ??= `but ${shown(path)} ${state.why}`;
  }
  if (unusable !== undefined) return { absent: { name, exists: true, why: unusable } };
  const others = ends.length > 0 ? `, nor one that ends in ${either(ends.map(quote))}` : "";
  const notThere = `but there is no file ${shown(paths[0]!)}${others}`;
  return { absent: { name, exists: false, why: whyElsewhere(name) ?? notThere } };
}

/** `"photo" names "a.png", but there is no file "a.png"` */
export function describeNoFile(column: string, { name, why }: NoFile): string {
  return `${quote(column)} names ${quote(name)}, ${why}`;
}

function look(path: string): "file" | "nothing" | { readonly why: string } {
  try {
    const info = statSync(path, { throwIfNoEntry: false });
    if (info === undefined) return "nothing";
    if (info.isDirectory()) return { why: "is a folder, not a file" };
    // Reading a pipe or a device may never end.
    if (!info.isFile()) return { why: "is a pipe or a device, not a file" };
    accessSync(path, constants.R_OK);
    return "file";
  } catch (error) {
    return isNoFile(error) ? "nothing" : { why: whyUnread(path, error) };
  }
}

/** Why a name cannot be one of a file below the folder. */
function whyElsewhere(name: string): string | undefined {
  if (/^https?:/i.test(name)) return "a web address; download the file first";
  if (!isAbsolute(name)) return undefined;
  return 'an absolute path, but names are relative to the folder of their table, or to "folder"; if they are meant, say "folder": "/"';
}
