/** Builds a test's own script as the site is built, for a page to run. */

import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build as bundle } from "esbuild";
import { build } from "vite";
import { siteConfig } from "../../../web/build/config.ts";

export interface BuiltScript {
  /** Contains index.html, which runs the script. */
  readonly folder: string;
  remove(): Promise<void>;
}

/** @param path Absolute path of a module for a page; it may start workers. */
export async function buildScript(path: string): Promise<BuiltScript> {
  const folder = await mkdtemp(join(tmpdir(), "marquee-script-"));
  const config = siteConfig();
  await build({
    ...config,
    logLevel: "warn",
    build: {
      ...config.build,
      outDir: folder,
      rolldownOptions: { input: path, output: { entryFileNames: "main.js" } },
    },
  });
  await writeFile(
    join(folder, "index.html"),
    '<!doctype html><title>Test</title><script type="module" src="main.js"></script>',
  );
  return { folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** @param path Absolute path of a module for a page that starts no workers. @returns It and what it imports. */
export async function scriptText(path: string): Promise<string> {
  const { outputFiles } = await bundle({
    ...{ entryPoints: [path], bundle: true, write: false, format: "esm", target: "es2022" },
    logLevel: "warning",
  });
  return outputFiles[0]!.text;
}
