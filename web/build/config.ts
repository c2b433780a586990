/** How Vite builds and serves the two pages. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";
import { policyPlugin } from "./policy.ts";
import { runtimePlugin } from "./runtime/plugin.ts";
import { textsPlugin } from "./texts.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Both pages; their paths are relative, so that the site works under any path. */
const PAGES = ["index.html", "convert.html"].map((name) => join(ROOT, name));

/** Old file servers do not know that .mjs, the extension of the runtime's loader, is a script. */
const assetFileNames = ({ names }: { names: string[] }) =>
  `assets/[name]-[hash]${names[0]?.endsWith(".mjs") ? ".js" : "[extname]"}`;

/** @param hasCopies Whether compressed copies will be beside the files. */
export function siteConfig({ hasCopies = false } = {}): InlineConfig {
  const runtime = runtimePlugin();
  return {
    define: definitions(hasCopies),
    configFile: false,
    root: ROOT,
    base: "./",
    clearScreen: false,
    plugins: [textsPlugin(), policyPlugin()],
    // The runtime's loader stays a separate file, because it starts its threads from that file.
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser"] },
    // Without this, the first request for a worker's package reloads the page.
    optimizeDeps: { entries: ["*.html", "**/*.worker.ts"] },
    worker: {
      format: "es",
      plugins: () => [runtime],
      rolldownOptions: { checks: { pluginTimings: false }, output: { assetFileNames } },
    },
    build: {
      target: "es2023",
      emptyOutDir: true,
      assetsInlineLimit: 0,
      rolldownOptions: {
        input: PAGES,
        checks: { pluginTimings: false },
        output: { assetFileNames },
      },
    },
  };
}

/** Constants that the programs are built with. */
export function definitions(hasCopies: boolean): Record<string, string> {
  return { HAS_COPIES: JSON.stringify(hasCopies) };
}
