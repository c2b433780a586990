/** The built site, built once for all test files that need it. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../../../predictor/manifest.ts";
import { buildSite } from "../../../web/build/site.ts";
import { cachedBuild } from "../../cachedBuild.ts";

/**
 * @param model Folder of the bundle to put beside the pages.
 * @returns Folder of the site; not to be changed.
 */
export async function builtSite(model: string): Promise<string> {
  return cachedBuild({
    kind: "site",
    sources: ["web", "predictor", "node", "pipeline/export", "package-lock.json"],
    // The manifest contains the hashes of the bundle's files.
    extra: await readFile(join(model, MANIFEST_FILE)),
    build: (out) => buildSite({ model, out, compress: "fast", logLevel: "warn" }),
  });
}
