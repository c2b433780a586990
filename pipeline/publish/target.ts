/** May a bundle be put there? Asked before a run reads anything, and again before it publishes. */

import { constants } from "node:fs";
import { access, lstat, readdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { MANIFEST_FILE } from "../../predictor/manifest.ts";

/** A publisher that replaces the same bundle right now makes the folder look odd for a moment. */
const ATTEMPTS = 3;
const PAUSE_MS = 20;

/** Names of a foreign folder's content that the error quotes. */
const SHOWN = 3;

/**
 * Refuses a target whose replacement would delete something that is not a bundle.
 *
 * @param path Absolute path of the bundle to publish.
 * @throws Error unless nothing is there, or an empty folder, or a bundle (of any format version), and the folder
 *   above it can be written to.
 */
export async function checkTarget(path: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const fault = (await faultOf(path)) ?? (await faultOfParent(dirname(path)));
    if (fault === undefined) return;
    if (attempt === ATTEMPTS) throw new Error(`${path} cannot be published to: ${fault}`);
    await pause(PAUSE_MS);
  }
}

async function faultOf(path: string): Promise<string | undefined> {
  try {
    await lstat(path);
  } catch (error) {
    // ENOTDIR is said of the folder above, which knows which part of the path is a file.
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? undefined : message;
  }
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    return `it exists and cannot be read as a folder (${(error as Error).message}). Give another --out.`;
  }
  if (names.length === 0 || (await holdsBundle(path))) return undefined;
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  return `it is a folder with other content (${names.sort().slice(0, SHOWN).join(", ")}${more}) and no bundle's ${MANIFEST_FILE}; publishing would delete it. Give an --out that does not exist yet, or is empty, or is a bundle.`;
}

/** Other programs have a manifest.json, too: ours says its format and lists files. Damaged bundles may be replaced. */
async function holdsBundle(path: string): Promise<boolean> {
  try {
    const manifest: unknown = JSON.parse(await readFile(join(path, MANIFEST_FILE), "utf8"));
    const { formatVersion, files } = manifest as { formatVersion?: unknown; files?: unknown };
    return typeof formatVersion === "number" && typeof files === "object" && files !== null;
  } catch {
    return false;
  }
}

/** Folders that do not exist yet will be made; the nearest one that exists must let us. */
async function faultOfParent(folder: string): Promise<string | undefined> {
  try {
    if (!(await stat(folder)).isDirectory()) return `${folder} is not a folder.`;
    await access(folder, constants.W_OK | constants.X_OK);
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const above = dirname(folder);
    if ((code === "ENOENT" || code === "ENOTDIR") && above !== folder) return faultOfParent(above);
    return `${folder} cannot be written to (${message}). Give another --out.`;
  }
}
