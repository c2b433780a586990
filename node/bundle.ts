/** Reads a published bundle from disk and verifies its checksums. */

import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { FileTexts } from "../predictor/inputs/inputType.ts";
import { inputFiles } from "../predictor/item.ts";
import { listOf } from "../predictor/listOf.ts";
import {
  MANIFEST_FILE,
  type Manifest,
  PRECISION_FILES,
  type Precision,
  parseManifest,
} from "../predictor/manifest.ts";
import { isNoFile, whyUnread } from "./fileErrors.ts";
import { sha256, sha256File } from "./files.ts";
import { bundlesIn } from "./findBundle.ts";

/** A publisher replaces a bundle within milliseconds; reading is repeated until then. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;
/** Bundles listed in the error when a folder of bundles is given instead of one. */
const BUNDLES_SHOWN = 5;

export interface Bundle {
  /** The bundle's folder; another bundle may replace it at any time. */
  readonly path: string;
  readonly manifest: Manifest;
  /** First 12 hex digits of the manifest's SHA-256; differs between bundles and between training runs. */
  readonly version: string;
  /** The graph in the requested precision: the bytes whose checksum was verified. */
  readonly graph: Uint8Array;
  /** Contents of the files that reading the inputs needs, by name; see `openInputs`. */
  readonly files: FileTexts;
}

/**
 * The folder with a bundle's files. Replacing a bundle takes two renames; a process killed between them leaves only the old
 * bundle, at `previousPath`.
 */
export function resolveBundlePath(path: string): string {
  return !existsSync(path) && existsSync(previousPath(path)) ? previousPath(path) : path;
}

/** Path of a bundle while a new one replaces it. */
export function previousPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.previous`);
}

/**
 * Opens a bundle: reads its manifest and one graph, and compares every file with its size and SHA-256. If files are missing
 * or differ, the bundle is read again a few times, because it may be in the process of being replaced.
 *
 * @example
 * import { openBundle } from "./node/bundle.ts";
 *
 * const { manifest, version } = await openBundle("models/ml1m", "fp32");
 * console.log(Object.keys(manifest.inputs).join(", "), version.length); // prints title, year, poster, ratings 12
 *
 * @throws Error naming the bundle and each file that is missing, damaged or cannot be read; or listing the available
 *   precisions, if the requested one is not among them.
 */
export async function openBundle(path: string, precision: Precision = "fp32"): Promise<Bundle> {
  for (let attempt = 1; ; attempt++) {
    const bundle = await readBundle(path, precision);
    if (typeof bundle !== "string") return bundle;
    if (attempt === ATTEMPTS) throw new Error(bundle);
    await pause(PAUSE_MS);
  }
}

/**
 * Reads the manifest alone, and checks no other file.
 *
 * @throws Error naming what is wrong with it.
 */
export async function openManifest(path: string): Promise<Manifest> {
  const read = await readManifest(path);
  if (typeof read === "string") throw new Error(read);
  return read.manifest;
}

/** @returns The manifest and its folder, or an error message if there is none. */
async function readManifest(
  path: string,
): Promise<{ folder: string; manifest: Manifest } | string> {
  const folder = resolveBundlePath(path);
  const manifestPath = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(manifestPath, "utf8");
  } catch (error) {
    return `${path} is not a bundle: ${await whyNoBundle(path, manifestPath, error)}.`;
  }
  return { folder, manifest: parseManifest(text, manifestPath) };
}

/** What is there instead of a bundle, and what to do about it; the rest of a sentence. */
async function whyNoBundle(path: string, manifest: string, error: unknown): Promise<string> {
  const info = await stat(path).catch(() => undefined);
  const publish = `Publish one with "npm run pipeline -- --out ${path}"`;
  if (info === undefined) return `it does not exist. ${publish}`;
  if (!info.isDirectory()) {
    const above = dirname(path);
    const which = existsSync(join(above, MANIFEST_FILE)) ? `: pass ${above}` : "";
    return `it is a file, and a bundle is the folder that has ${MANIFEST_FILE}${which}`;
  }
  if (!isNoFile(error)) return `its ${MANIFEST_FILE} ${whyUnread(manifest, error)}`;
  const bundles = (await bundlesIn(path)).map(({ name }) => join(path, name));
  if (bundles.length === 0) return `it has no ${MANIFEST_FILE}. ${publish}`;
  const more = bundles.length - BUNDLES_SHOWN;
  const shown = [...bundles.slice(0, BUNDLES_SHOWN), ...(more > 0 ? [`${more} more`] : [])];
  return bundles.length === 1
    ? `it is a folder with the bundle ${shown[0]}: pass that`
    : `it is a folder with the bundles ${listOf(shown)}: pass one of them`;
}

/** @returns The bundle, or an error message if reading again may help. */
async function readBundle(path: string, precision: Precision): Promise<Bundle | string> {
  const read = await readManifest(path);
  if (typeof read === "string") return read;
  const { folder, manifest } = read;
  const graphFile = graphFileOf(manifest, precision, folder);
  let graph: Uint8Array = new Uint8Array();
  const needed = new Set(inputFiles(manifest.inputs));
  const files: Record<string, string> = {};
  const issues: string[] = [];
  const unread: string[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    let actual: { bytes: number; sha256: string };
    try {
      if (name === graphFile) {
        graph = await readFile(file);
        actual = { bytes: graph.length, sha256: sha256(graph) };
      } else if (needed.has(name)) {
        const bytes = await readFile(file);
        files[name] = bytes.toString("utf8");
        actual = { bytes: bytes.length, sha256: sha256(bytes) };
      } else actual = await sha256File(file);
    } catch (error) {
      if (isNoFile(error)) issues.push(`${name} is missing`);
      else unread.push(`${name} ${whyUnread(file, error)}`);
      continue;
    }
    if (actual.sha256 !== expected.sha256) {
      issues.push(
        `${name} is damaged (${actual.bytes} bytes, expected ${expected.bytes}; SHA-256 differs)`,
      );
    }
  }
  if (issues.length + unread.length > 0) {
    const advice = issues.length > 0 ? " Publish or download it again." : "";
    return `${path} cannot be used: ${[...issues, ...unread].join("; ")}.${advice}`;
  }
  return { path: folder, manifest, version: versionOf(manifest), graph, files };
}

/** Names a bundle's content, which its manifest has the checksums of: the first 12 hex digits of the manifest's SHA-256. */
export function versionOf(manifest: Manifest): string {
  return sha256(JSON.stringify(manifest)).slice(0, 12);
}

/** The name of the file with the graph of a precision. @throws Error listing the available ones, if it is not among them. */
export function graphFileOf(manifest: Manifest, precision: Precision, folder: string): string {
  const file = PRECISION_FILES[precision];
  if (file in manifest.files) return file;
  const available = Object.entries(PRECISION_FILES).filter(([, name]) => name in manifest.files);
  throw new Error(
    `${folder} has no ${precision} graph; it has ${available.map(([key]) => key).join(", ") || "none"}`,
  );
}
