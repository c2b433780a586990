/** May something be written there? Asked before work whose result would be lost. */

import { constants } from "node:fs";
import { access, mkdtemp, rmdir, stat } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { isNoFile, systemText } from "./fileErrors.ts";

/**
 * Folders that do not exist yet will be made; the nearest one that exists must let us.
 *
 * @returns Why nothing can be made in the folder, as a sentence without a full stop; undefined if it can.
 */
export async function whyNoFolder(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is not a folder`;
  } catch (error) {
    const above = dirname(folder);
    if (isNoFile(error) && above !== folder) return whyNoFolder(above);
    return cannotWrite(folder, error);
  }
  try {
    // Permissions alone do not tell: of a superuser, a network's folder or /proc.
    await rmdir(await mkdtemp(join(folder, ".writable-")));
    return undefined;
  } catch (error) {
    return cannotWrite(folder, error);
  }
}

/**
 * The same of a file, which may be there already: a file that replaces it, or what stands beside it while it is written,
 * needs the folder, whoever may write to the file itself.
 *
 * @param how `replaced` by a rename, for which the file need not be writable, or `continued` as it is.
 */
export async function whyUnwritable(
  path: string,
  how: "replaced" | "continued",
): Promise<string | undefined> {
  const info = await stat(path).catch(() => undefined);
  if (info?.isDirectory()) return `${path} is a folder, not a file`;
  const folder = await whyNoFolder(dirname(resolve(path)));
  if (folder !== undefined || info === undefined || how === "replaced") return folder;
  return access(path, constants.W_OK).then(
    () => undefined,
    (error) => cannotWrite(path, error),
  );
}

function cannotWrite(path: string, error: unknown): string {
  return `${path} cannot be written to (${systemText(error)})`;
}
