/** The files of a hand-in: the project's own, never data, and the bundle that it is about. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join, posix } from "node:path";
import { promisify } from "node:util";
import { glob } from "tinyglobby";
import { sha256 } from "../../node/files.ts";
import { InputError } from "../../predictor/errors.ts";
import type { Form } from "./form.ts";

export interface PackedFile {
  readonly content: Uint8Array;
  /** Whether it may be run. */
  readonly isExecutable: boolean;
}

/** By path in the archive's folder, with slashes. */
export type Contents = Map<string, PackedFile>;

/** Lists the archive's files with their checksums, as `sha256sum -c` reads them. */
export const SUMS_FILE = "SHA256SUMS";

/**
 * The files of the project that belong into the archive.
 *
 * @param extra Paths of the bundle's files, which git may not know.
 * @throws InputError naming the files that must not be in it.
 */
export async function readContents(
  root: string,
  { leaveOut, never }: Form,
  extra: readonly string[],
): Promise<Contents> {
  const [left, barred] = await Promise.all([leaveOut, never].map((globs) => matching(root, globs)));
  const own = (await projectFiles(root)).filter((path) => !left!.has(path));
  const paths = [...new Set([...own, ...extra])].sort();
  const forbidden = paths.filter((path) => barred!.has(path));
  if (forbidden.length > 0) {
    throw new InputError(
      "form",
      `these files must not be handed in: ${forbidden.join(", ")}. Remove them, or name them in the form's "leaveOut"`,
    );
  }
  const contents: Contents = new Map();
  for (const path of paths) {
    const { mode } = await stat(join(root, path));
    contents.set(path, {
      content: await readFile(join(root, path)),
      isExecutable: (mode & 0o100) !== 0,
    });
  }
  return contents;
}

async function matching(root: string, globs: readonly string[]): Promise<ReadonlySet<string>> {
  if (globs.length === 0) return new Set();
  const ignore = ["**/node_modules/**", ".git/**"];
  const options = { cwd: root, dot: true, followSymbolicLinks: false, ignore };
  return new Set(await glob([...globs], options));
}

/** What git tracks; in an unpacked archive, which git does not know, what its list of checksums has. */
async function projectFiles(root: string): Promise<string[]> {
  if (existsSync(join(root, ".git"))) {
    const { stdout } = await promisify(execFile)("git", ["ls-files", "-z"], {
      cwd: root,
      maxBuffer: 2 ** 26,
    });
    // A file that was deleted and not yet committed is still listed.
    return stdout.split("\0").filter((path) => path !== "" && existsSync(join(root, path)));
  }
  const sums = await readFile(join(root, SUMS_FILE), "utf8").catch(() => undefined);
  if (sums === undefined) {
    throw new InputError(
      "model",
      `${root} is neither a git checkout nor an unpacked hand-in: nothing says which files are the project's`,
    );
  }
  return [...parseSums(sums).keys()];
}

/** The checksums of all files, one a line. */
export function sumsOf(contents: Contents): string {
  const lines = [...contents]
    .map(([path, { content }]) => [path, sha256(content)] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([path, sum]) => `${sum}  ${path}`);
  return `${lines.join("\n")}\n`;
}

/** SHA-256 by path. */
export function parseSums(text: string): Map<string, string> {
  return new Map(
    text
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => [posix.normalize(line.slice(66)), line.slice(0, 64)]),
  );
}
