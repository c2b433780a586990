/** Builds the static site: both pages, the bundle, and compressed copies of the files worth compressing. */

import { readdir } from "node:fs/promises";
import { resolve } from "node:path";
import { build } from "vite";
import { appPlugin } from "./app.ts";
import { copyBundle } from "./bundle.ts";
import { compressFiles, type Effort } from "./compress.ts";
import { siteConfig } from "./config.ts";
import { buildServiceWorker } from "./serviceWorker.ts";

export interface SiteOptions {
  /** Folder of the bundle. */
  readonly model: string;
  /** Folder that the site replaces. */
  readonly out: string;
  /** How to write .br and .gz copies beside the files; false for none. */
  readonly compress: Effort | false;
  /** @see AppOptions */
  readonly url?: string | undefined;
  readonly source?: string | undefined;
  /** `warn` prints problems only. */
  readonly logLevel?: "info" | "warn";
}

/** Files by which the folder of an earlier build is recognised. */
const MARKS = ["index.html", "sw.js"];

/** @throws Error if `out` contains anything but an earlier build, the bundle cannot be used, or a page does not build. */
export async function buildSite(options: SiteOptions): Promise<void> {
  const { model, out, compress, url, source, logLevel } = options;
  await checkReplaceable(resolve(out));
  const config = siteConfig({ hasCopies: compress !== false });
  await build({
    ...config,
    plugins: [...(config.plugins ?? []), appPlugin({ url, source })],
    logLevel: logLevel ?? "info",
    build: { ...config.build, outDir: resolve(out) },
  });
  await buildServiceWorker(resolve(out), {
    hasCopies: compress !== false,
    logLevel: logLevel ?? "info",
  });
  await copyBundle(model, resolve(out));
  if (compress) await compressFiles(resolve(out), compress);
}

/** Vite removes everything in the folder: it must be empty, or an earlier build. */
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
    `${out} is not empty, and not an earlier build of the site (it lacks ${MARKS.join(" or ")}); the build would remove its files. Name another folder with --out, or empty this one.`,
  );
}
