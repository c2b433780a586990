/** May a bundle be put there? Asked before a run trains anything, and again before it publishes. */

import { existsSync } from "node:fs";
import { lstat, readdir, readFile, realpath } from "node:fs/promises";
import { dirname, isAbsolute, join, relative, resolve, sep } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { whyNoFolder } from "../../node/writable.ts";
import { MANIFEST_FILE } from "../../predictor/manifest.ts";
import { differences, effective, type Options, published } from "../config/compare.ts";

/** A publisher that replaces the same bundle right now makes the folder look odd for a moment. */
const ATTEMPTS = 3;
const PAUSE_MS = 20;

/** Names of a foreign folder's content, and differing options, that an error quotes. */
const SHOWN = 3;

/** What a bundle was trained from, as far as replacing it goes. */
export interface Origin {
  /** Name of the data set. */
  readonly dataset: string;
  /** SHA-256 of its tables, hex. */
  readonly datasetSha256: string;
  /** As it is published. */
  readonly config: Options;
}

/** The bundle that publishing replaces. */
export interface PreviousBundle extends Origin {
  /** ISO 8601. */
  readonly createdAt: string;
}

/** What may be replaced at a target. */
export interface Permission {
  /** Origin of the run; a bundle of another origin is somebody's model. Left out, any bundle may be replaced. */
  readonly origin?: Origin | undefined;
  /** Bundles of other origins may be replaced, too. */
  readonly overwrite?: boolean | undefined;
}

/** The folder itself where `path` is a symbolic link: the link stays, and what it points to is replaced. */
export async function resolveTarget(path: string): Promise<string> {
  const absolute = resolve(path);
  return realpath(absolute).catch(() => absolute);
}

/**
 * The first of `models/name`, `models/name-2`, ... where nothing is, or a bundle of the same data set and configuration.
 *
 * @throws Error as `checkTarget` where the folder above cannot be written to.
 */
export async function freeTarget(folder: string, name: string, origin: Origin): Promise<string> {
  for (let number = 1; ; number++) {
    const path = await resolveTarget(join(folder, number === 1 ? name : `${name}-${number}`));
    if (!existsSync(path)) {
      await checkTarget(path, { origin });
      return path;
    }
    const refusal = await checkTarget(path, { origin }).then(
      () => undefined,
      (error: Error) => error,
    );
    if (refusal === undefined) return path;
  }
}

/**
 * Refuses a target whose replacement would delete something that is not a bundle, or somebody's model.
 *
 * @param path Absolute path of the bundle to publish.
 * @returns The bundle that would be replaced; undefined where there is none.
 * @throws Error unless nothing is there, or an empty folder, or a bundle (of any format version) that may be replaced
 *   and holds nothing else, and the folder above it can be written to.
 */
export async function checkTarget(
  path: string,
  permission: Permission = {},
): Promise<PreviousBundle | undefined> {
  for (let attempt = 1; ; attempt++) {
    const found = await examine(path, permission);
    if ("previous" in found) return found.previous;
    if (attempt === ATTEMPTS) throw new Error(`${path} cannot be published to: ${found.refusal}`);
    await pause(PAUSE_MS);
  }
}

/**
 * Refuses folders that contain one another: publishing would delete one, or find it in its way after training.
 *
 * @param others Name of the option -> folder.
 * @throws Error naming both options.
 */
export async function checkApart(
  target: string,
  others: Readonly<Record<string, string | undefined>>,
): Promise<void> {
  for (const [option, folder] of Object.entries(others)) {
    if (folder === undefined) continue;
    const other = await resolveTarget(folder);
    if (isWithin(target, other) || isWithin(other, target)) {
      const where = target === other ? "is" : isWithin(target, other) ? "is inside" : "contains";
      throw new Error(
        `--out ${target} ${where} ${option} ${other}; publishing replaces the whole folder. Give another --out.`,
      );
    }
  }
}

function isWithin(path: string, folder: string): boolean {
  const way = relative(folder, path);
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

type Examination = { readonly previous: PreviousBundle | undefined } | { readonly refusal: string };

async function examine(path: string, permission: Permission): Promise<Examination> {
  const parent = await whyNoFolder(dirname(path));
  if (parent !== undefined) return { refusal: `${parent}. Give another --out.` };
  try {
    await lstat(path);
  } catch (error) {
    // ENOTDIR is said of the folder above, which knows which part of the path is a file.
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ENOENT" || code === "ENOTDIR" ? { previous: undefined } : { refusal: message };
  }
  let names: string[];
  try {
    names = await readdir(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOTDIR") {
      return { refusal: "it is a file, not a folder. Give another --out." };
    }
    return {
      refusal: `it exists and cannot be read as a folder (${(error as Error).message}). Give another --out.`,
    };
  }
  if (names.length === 0) return { previous: undefined };
  const manifest = await readManifest(path);
  const foreign = names.filter((name) => !(manifest?.files.includes(name) ?? false)).sort();
  if (manifest === undefined || foreign.length > 0) {
    return { refusal: describeForeign(foreign, manifest !== undefined) };
  }
  const refusal = permission.overwrite ? undefined : refuseOrigin(manifest, permission.origin);
  return refusal === undefined ? { previous: manifest } : { refusal };
}

function describeForeign(names: readonly string[], hasBundle: boolean): string {
  const more = names.length > SHOWN ? ` and ${names.length - SHOWN} more` : "";
  const what = hasBundle
    ? "beside a bundle it holds other files"
    : `it is a folder with other content, without a bundle's ${MANIFEST_FILE}`;
  return `${what} (${names.slice(0, SHOWN).join(", ")}${more}); publishing would delete them. Move them, or give an --out that does not exist yet.`;
}

/** Why a bundle of this origin must not be replaced; undefined where it may. */
function refuseOrigin(before: Origin, origin: Origin | undefined): string | undefined {
  if (origin === undefined) return undefined;
  const advice = "Give another --out, or --overwrite to replace it.";
  if (before.datasetSha256 !== origin.datasetSha256) {
    return `it is a bundle of another data set (${before.dataset}). ${advice}`;
  }
  const changes = differences(effective(before.config), effective(origin.config));
  if (changes.length === 0) return undefined;
  const more = changes.length > SHOWN ? `, and ${changes.length - SHOWN} more` : "";
  return `it is a bundle of another configuration (${changes.slice(0, SHOWN).join(", ")}${more}). ${advice}`;
}

/**
 * What a bundle's manifest says of its origin and files, whatever its format version; undefined where the folder has no
 * manifest of ours. Other programs have a manifest.json, too: ours says its format and lists files. Damaged bundles may be
 * replaced.
 */
async function readManifest(
  path: string,
): Promise<(PreviousBundle & { readonly files: readonly string[] }) | undefined> {
  try {
    const manifest = JSON.parse(await readFile(join(path, MANIFEST_FILE), "utf8")) as {
      formatVersion?: unknown;
      files?: unknown;
      provenance?: Partial<PreviousBundle>;
    };
    const { formatVersion, files, provenance } = manifest;
    if (typeof formatVersion !== "number" || typeof files !== "object" || files === null) {
      return undefined;
    }
    return {
      files: [MANIFEST_FILE, ...Object.keys(files)],
      dataset: provenance?.dataset ?? "unknown",
      datasetSha256: provenance?.datasetSha256 ?? "",
      config: published(provenance?.config ?? {}),
      createdAt: provenance?.createdAt ?? "",
    };
  } catch {
    return undefined;
  }
}
