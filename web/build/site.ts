/** The static site: both pages, the bundle beside them, and compressed copies of every file that gains from it. */

import { resolve } from "node:path";
import { build } from "vite";
import { copyBundle } from "./bundle.ts";
import { compressFiles } from "./compress.ts";
import { siteConfig } from "./config.ts";
import { buildServiceWorker } from "./serviceWorker.ts";

export interface SiteOptions {
  /** Folder of the bundle. */
  readonly model: string;
  /** Folder that the site replaces. */
  readonly out: string;
  /** Whether to leave .br and .gz copies beside the files, for servers that know them. */
  readonly compress: boolean;
  /** Quiet builds say only what is wrong. */
  readonly logLevel?: "info" | "warn";
}

/** @throws Error if the bundle cannot be used or a page does not build. */
export async function buildSite({ model, out, compress, logLevel }: SiteOptions): Promise<void> {
  const config = siteConfig();
  await build({
    ...config,
    logLevel: logLevel ?? "info",
    build: { ...config.build, outDir: resolve(out) },
  });
  await buildServiceWorker(resolve(out), logLevel ?? "info");
  await copyBundle(model, resolve(out));
  if (compress) await compressFiles(resolve(out));
}
