/** Reads a published bundle from disk, and trusts none of it before its checksums are right. */

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import {
  MANIFEST_FILE,
  type Manifest,
  PRECISION_FILES,
  type Precision,
  parseManifest,
} from "../predictor/manifest.ts";
import { sha256File } from "./files.ts";

export interface Bundle {
  /** Folder the files are in. */
  readonly path: string;
  readonly manifest: Manifest;
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
 * Opens a bundle: reads its manifest and compares every file with its size and SHA-256.
 *
 * @throws Error that names the bundle and each file that is missing or damaged.
 */
export async function openBundle(path: string): Promise<Bundle> {
  const folder = resolveBundlePath(path);
  const manifestPath = join(folder, MANIFEST_FILE);
  let text: string;
  try {
    text = await readFile(manifestPath, "utf8");
  } catch {
    throw new Error(
      `${path} is not a bundle: there is no ${MANIFEST_FILE} in it. Publish one with "npm run pipeline -- --out ${path}".`,
    );
  }
  const manifest = parseManifest(text, manifestPath);
  const faults: string[] = [];
  for (const [name, expected] of Object.entries(manifest.files)) {
    const actual = await sha256File(join(folder, name)).catch(() => undefined);
    if (!actual) faults.push(`${name} is missing`);
    else if (actual.sha256 !== expected.sha256) {
      faults.push(
        `${name} is damaged (${actual.bytes} bytes, expected ${expected.bytes}; SHA-256 differs)`,
      );
    }
  }
  if (faults.length > 0) {
    throw new Error(`${path} cannot be used: ${faults.join("; ")}. Publish or download it again.`);
  }
  return { path: folder, manifest };
}

/**
 * Path of the graph in one precision.
 * @throws Error that lists the precisions the bundle has.
 */
export function graphPath(bundle: Bundle, precision: Precision): string {
  const file = PRECISION_FILES[precision];
  if (!(file in bundle.manifest.files)) {
    const available = Object.entries(PRECISION_FILES).filter(
      ([, name]) => name in bundle.manifest.files,
    );
    throw new Error(
      `${bundle.path} has no ${precision} graph; it has ${available.map(([key]) => key).join(", ")}`,
    );
  }
  return join(bundle.path, file);
}
