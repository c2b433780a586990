/** The built site, whose pages are built once for all test files that need it. */

import { cp, readFile } from "node:fs/promises";
import { join } from "node:path";
import { MANIFEST_FILE } from "../../../predictor/manifest.ts";
import { BUNDLE_FOLDER, copyBundle } from "../../../web/build/bundle.ts";
import { compressFiles } from "../../../web/build/compress.ts";
import { buildSite } from "../../../web/build/site.ts";
import { cachedBuild } from "../../cachedBuild.ts";

const sources = ["web", "predictor", "node", "pipeline/export", "package-lock.json"];

/**
 * Pages take seconds to build and do not depend on the bundle beside them: the first bundle's site is built, those of
 * others are copies of it with another bundle.
 *
 * @param model Folder of the bundle to put beside the pages.
 * @returns Folder of the site; not to be changed.
 */
export async function builtSite(model: string): Promise<string> {
  const first = await cachedBuild({
    kind: "first-site",
    sources,
    build: (out) => buildSite({ model, out, compress: "fast", logLevel: "warn" }),
  });
  return cachedBuild({
    kind: "site",
    sources,
    // The manifest contains the hashes of the bundle's files.
    extra: await readFile(join(model, MANIFEST_FILE)),
    async build(out) {
      const bundle = join(first, BUNDLE_FOLDER);
      await cp(first, out, { recursive: true, filter: (path) => path !== bundle });
      await copyBundle(model, out);
      await compressFiles(join(out, BUNDLE_FOLDER), "fast");
    },
  });
}
