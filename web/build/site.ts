/** The static site: both pages, the bundle beside them, and compressed copies of every file that gains from it. */

import { readdir } from "node:fs/promises";
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

/** What every build leaves, so that the next may replace it. */
const MARKS = ["index.html", "sw.js"];

/** @throws Error if `out` holds what no build has left, the bundle cannot be used, or a page does not build. */
export async function buildSite({ model, out, compress, logLevel }: SiteOptions): Promise<void> {
  await checkReplaceable(resolve(out));
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

/** Everything in the folder will be removed: it must be empty, or an earlier site. */
async function checkReplaceable(out: string): Promise<void> {
  let names: string[];
  try {
    names = await readdir(out);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw new Error(`the site cannot be put at ${out}: ${(error as Error).message}`);
  }
  if (names.length === 0 || MARKS.every((mark) => names.includes(mark))) return;
  throw new Error(
    `${out} is not empty, and no earlier build of the site (no ${MARKS.join(" and ")} in it): the build would remove what is there. Name another folder with --out, or empty this one.`,
  );
}
