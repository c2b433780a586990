/** Builds the service worker, with the list of the files that the build has written. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { basename, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { SiteFiles } from "../sw/siteFiles.ts";
import { definitions } from "./config.ts";
import { POLICY } from "./policy.ts";

const ENTRY = fileURLToPath(new URL("../sw/service.worker.ts", import.meta.url));
const START = "index.html";
/**
 * Files that only some visits need: WebGPU's runtime, the decoders of images, the converter page, pictures of the app,
 * languages.
 */
const OPTIONAL = /asyncify|ort\.webgpu|ort-rest|avif|decoder|convert|app-(icon|card)|\.[a-z]{2}-/;
/** Files whose text may contain the names of others. */
const TEXT = /\.(html|js|css)$/;

/** @param out Folder of the site; neither the bundle nor compressed copies are in it yet. */
export async function buildServiceWorker(
  out: string,
  { hasCopies, logLevel }: { readonly hasCopies: boolean; readonly logLevel: "info" | "warn" },
): Promise<void> {
  await build({
    configFile: false,
    logLevel,
    define: {
      ...definitions(hasCopies),
      SITE_FILES: JSON.stringify(await listFiles(out)),
      POLICY: JSON.stringify(POLICY),
    },
    build: {
      target: "es2023",
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      // Its name must never change, and it must not be a module, which Firefox does not run as a service worker.
      lib: { entry: ENTRY, formats: ["iife"], name: "marquee", fileName: () => "sw.js" },
    },
  });
}

async function listFiles(out: string): Promise<SiteFiles> {
  const entries = await readdir(out, { recursive: true, withFileTypes: true });
  const names = entries
    .filter((entry) => entry.isFile())
    .map((entry) => relative(out, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
  const hash = createHash("sha256");
  for (const name of names) hash.update(`${name}\0`).update(await readFile(join(out, name)));
  const first = await filesOfStartPage(out, names);
  return {
    version: hash.digest("hex").slice(0, 16),
    first,
    later: names.filter((name) => !first.includes(name)),
  };
}

/** The start page and the files that it refers to, directly or through others. */
async function filesOfStartPage(out: string, names: readonly string[]): Promise<string[]> {
  const found = [START];
  for (const from of found) {
    if (!TEXT.test(from)) continue;
    const text = await readFile(join(out, from), "utf8");
    found.push(
      ...names.filter(
        (name) => !found.includes(name) && !OPTIONAL.test(name) && text.includes(basename(name)),
      ),
    );
  }
  return found.sort();
}
