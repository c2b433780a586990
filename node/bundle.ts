/** Reads a published bundle from disk, and trusts none of it before its checksums are right. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import {
  MANIFEST_FILE,
  type Manifest,
  PRECISION_FILES,
  type Precision,
  parseManifest,
} from "../predictor/manifest.ts";
import { sha256, sha256File } from "./files.ts";

/** A publisher that replaces the bundle while it is read is done within milliseconds. */
const ATTEMPTS = 5;
const PAUSE_MS = 20;

export interface Bundle {
  /** Folder the files are in; another bundle may take its place at any time. */
  readonly path: string;
  readonly manifest: Manifest;
  /** First 12 hex digits of the manifest's SHA-256: another bundle, or another training, has another one. */
  readonly version: string;
  /** The graph in the precision asked for: the very bytes whose checksum was compared. */
  readonly graph: Uint8Array;
}

/**
 * Where a bundle's files are. Replacing a bundle takes two renames; a process killed between them leaves
 * only the old bundle, under the name that `previousPath` gives.
 */
export function resolveBundlePath(path: string): string {
  return !existsSync(path) && existsSync(previousPath(path)) ? previousPath(path) : path;
}

/** Name that a bundle has while a new one takes its place. */
export function previousPath(path: string): string {
  return join(dirname(path), `.${basename(path)}.previous`);
}

/**
 * Opens a bundle: reads its manifest and one graph, and compares every file with its size and SHA-256. What is
 * missing or differs is read again a few times: the files may be those of two bundles, one replacing the other.
 *
 * @throws Error that names the bundle and each file that is missing or damaged, or lists the precisions it has if
 *   the one asked for is not among them.
 */
export async function openBundle(path: string, precision: Precision = "fp32"): Promise<Bundle> {
  for (let attempt = 1; ; attempt++) {
    const bundle = await readBundle(path, precision);
    if (typeof bundle !== "string") return bundle;
    if (attempt === ATTEMPTS) throw new Error(bundle);
    await pause(PAUSE_MS);
  }
}

/** @returns The bundle, or what is wrong with it that another look may find mended. */
async function readBundle(path: string, precision: Precision): Promise<Bundle | string> {
  const folder = resolveBundlePath(path);
  const manifestPath = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(manifestPath, "utf8");
  } catch {
    return `${path} is not a bundle: there is no ${MANIFEST_FILE} in it. Publish one with "npm run pipeline -- --out ${path}".`;
  }
  const manifest = parseManifest(text, manifestPath);
  const graphFile = graphFileOf(manifest, precision, folder);
  let graph: Uint8Array = new Uint8Array();
  const faults: string[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const file = join(folder, name);
    let actual: { bytes: number; sha256: string };
    try {
      if (name === graphFile) {
        graph = await readFile(file);
        actual = { bytes: graph.length, sha256: sha256(graph) };
      } else actual = await sha256File(file);
    } catch {
      faults.push(`${name} is missing`);
      continue;
    }
    if (actual.sha256 !== expected.sha256) {
      faults.push(
        `${name} is damaged (${actual.bytes} bytes, expected ${expected.bytes}; SHA-256 differs)`,
      );
    }
  }
  if (faults.length > 0) {
    return `${path} cannot be used: ${faults.join("; ")}. Publish or download it again.`;
  }
  const version = sha256(JSON.stringify(manifest)).slice(0, 12);
  return { path: folder, manifest, version, graph };
}

function graphFileOf(manifest: Manifest, precision: Precision, folder: string): string {
  const file = PRECISION_FILES[precision];
  if (file in manifest.files) return file;
  const available = Object.entries(PRECISION_FILES).filter(([, name]) => name in manifest.files);
  throw new Error(
    `${folder} has no ${precision} graph; it has ${available.map(([key]) => key).join(", ") || "none"}`,
  );
}
