/** How Vite builds and serves the two pages. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { InlineConfig } from "vite";
import { policyPlugin } from "./policy.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Both pages; every path in them is relative, so that the site works under any path. */
const PAGES = ["index.html", "convert.html"].map((name) => join(ROOT, name));

/** Old file servers do not know that .mjs, as the runtime's loader is called, is a script. */
const assetFileNames = ({ names }: { names: string[] }) =>
  `assets/[name]-[hash]${names[0]?.endsWith(".mjs") ? ".js" : "[extname]"}`;

export function siteConfig(): InlineConfig {
  return {
    configFile: false,
    root: ROOT,
    base: "./",
    clearScreen: false,
    plugins: [policyPlugin()],
    // The runtime's loader stays a file of its own: its threads are started from it.
    resolve: { conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser"] },
    // Or a package that a worker asks for reloads the page when it is asked for first.
    optimizeDeps: { entries: ["*.html", "**/*.worker.ts"] },
    worker: { format: "es", rolldownOptions: { output: { assetFileNames } } },
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
