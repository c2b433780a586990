/** Finds the bundle to use if none is named. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import { MANIFEST_FILE } from "../predictor/manifest.ts";

/** Name of the bundle trained on the full data set. */
const PREFERRED = "ml1m";

/** The option `model` of every command that uses a bundle. */
export const modelOption = z
  .string()
  .min(1)
  .optional()
  .describe(`bundle; default: models/${PREFERRED}, or the newest under models/`);

/** Path of the preferred bundle in `folder`, or else of the one published last. @throws Error if there is none. */
export async function findBundle(folder = "models"): Promise<string> {
  const bundles = await bundlesIn(folder);
  const bundle =
    bundles.find(({ name }) => name === PREFERRED) ??
    [...bundles].sort((a, b) => b.published - a.published)[0];
  if (!bundle) {
    throw new Error(
      `there is no bundle in ${folder}/; train one with "npm run pipeline", or name one with --model`,
    );
  }
  return join(folder, bundle.name);
}

export interface FoundBundle {
  /** The folder's name. */
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly published: number;
}

/** The folders with a manifest directly in `folder`, by name; none if it cannot be read. */
export async function bundlesIn(folder: string): Promise<readonly FoundBundle[]> {
  const names = await readdir(folder).catch(() => []);
  const bundles: FoundBundle[] = [];
  for (const name of names.sort()) {
    // Folders that start with a dot are being published or replaced.
    if (name.startsWith(".")) continue;
    const info = await stat(join(folder, name, MANIFEST_FILE)).catch(() => undefined);
    if (info) bundles.push({ name, published: info.mtimeMs });
  }
  return bundles;
}
