/** Which bundle is taken where none is named. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../predictor/manifest.ts";

/** The bundle trained on the full data set, where it is there. */
const PREFERRED = "ml1m";

/** @throws Error if there is no bundle in `folder`. */
export async function findBundle(folder = "models"): Promise<string> {
  const names = await readdir(folder).catch(() => []);
  const bundles: { name: string; published: number }[] = [];
  for (const name of names) {
    // Names with a dot are being published or replaced.
    if (name.startsWith(".")) continue;
    const info = await stat(join(folder, name, MANIFEST_FILE)).catch(() => undefined);
    if (info) bundles.push({ name, published: info.mtimeMs });
  }
  const found =
    bundles.find(({ name }) => name === PREFERRED) ??
    bundles.sort((a, b) => b.published - a.published)[0];
  if (!found) {
    throw new Error(
      `there is no bundle in ${folder}/; train one with "npm run pipeline", or name one with --model`,
    );
  }
  return join(folder, found.name);
}
