/** Copies the bundle's files that the page uses. */

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openBundle, resolveBundlePath } from "../../node/bundle.ts";
import { inputFiles } from "../../predictor/item.ts";
import { DOCUMENT_FILES, MANIFEST_FILE, PRECISION_FILES } from "../../predictor/manifest.ts";

/** Folder of the bundle, beside the page. */
export const BUNDLE_FOLDER = "model";

/**
 * @param model Folder of a bundle.
 * @returns Names of the files that the page may ask for: the manifest, every precision that the bundle has, what people can
 *   read, and what reading the inputs needs.
 * @throws Error if the bundle is damaged.
 */
export async function bundleFiles(model: string): Promise<string[]> {
  const { manifest } = await openBundle(model);
  const others = [...Object.values(PRECISION_FILES), ...DOCUMENT_FILES];
  return [
    MANIFEST_FILE,
    ...others.filter((name) => name in manifest.files),
    ...inputFiles(manifest.inputs),
  ];
}

/** Copies them to `BUNDLE_FOLDER` under `out`. */
export async function copyBundle(model: string, out: string): Promise<void> {
  const folder = join(out, BUNDLE_FOLDER);
  await mkdir(folder, { recursive: true });
  for (const name of await bundleFiles(model)) {
    await copyFile(join(resolveBundlePath(model), name), join(folder, name));
  }
}
