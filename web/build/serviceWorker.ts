/** Builds the service worker, with the list of the files that the build has just written. */

import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "vite";
import type { SiteFiles } from "../sw/siteFiles.ts";

const ENTRY = fileURLToPath(new URL("../sw/service.worker.ts", import.meta.url));
/** Files that only some visits need: the runtime for WebGPU, the AVIF decoder, the converter page. */
const LATER = /asyncify|ort\.webgpu|avif|convert/;

/** @param out Folder of the site; the bundle is not in it yet. */
export async function buildServiceWorker(out: string, logLevel: "info" | "warn"): Promise<void> {
  await build({
    configFile: false,
    logLevel,
    define: { SITE_FILES: JSON.stringify(await listFiles(out)) },
    build: {
      target: "es2023",
      outDir: out,
      emptyOutDir: false,
      copyPublicDir: false,
      // Its name must stay, and it must not be a module: Firefox runs none as service workers.
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
  return {
    version: hash.digest("hex").slice(0, 16),
    first: names.filter((name) => !LATER.test(name)),
    later: names.filter((name) => LATER.test(name)),
  };
}
