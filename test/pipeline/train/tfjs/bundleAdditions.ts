/**
 * Bundles what tfjs-core has in its package and leaves out of its entry for Node: the gradients, and the methods of tensors
 * (`x.flatten()`), some of which tfjs-layers calls.
 */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join, relative } from "node:path";
import * as core from "@tensorflow/tfjs-core";
import { build, type Plugin } from "esbuild";

const CORE = "@tensorflow/tfjs-core";
/** Folder of tfjs-core's modules. */
export const DIST = dirname(createRequire(import.meta.url).resolve(CORE));
const MODULES = ["register_all_gradients", "public/chained_ops/register_all_chained_ops"];
/** Objects of tfjs-core that hold what whole internal modules export. */
const { util, backend_util, broadcast_util, slice_util } = core;
const NAMESPACES = Object.entries({ util, backend_util, broadcast_util, slice_util });
/** Modules of which only what tfjs-core exports is imported, though they export more. */
const PUBLIC = ["base", "environment", "globals"];
/** Modules whose state tfjs-core gives out under another name. */
const STATEFUL: Readonly<Record<string, string>> = {
  engine: `import { engine } from "${CORE}"; export const ENGINE = engine();`,
  tensor: `import { Tensor, Variable } from "${CORE}";
export { Tensor, Variable };
export const getGlobalTensorClass = () => Tensor;`,
};

/** @returns The bundle's source: what tfjs-core exports is imported from it, what it keeps to itself is included. */
export async function bundleAdditions(): Promise<string> {
  const { outputFiles } = await build({
    stdin: {
      contents: MODULES.map((path) => `import "./${path}";`).join("\n"),
      resolveDir: DIST,
    },
    absWorkingDir: DIST,
    bundle: true,
    format: "esm",
    target: "es2022",
    legalComments: "none",
    write: false,
    plugins: [publicFirst],
  });
  return outputFiles[0]!.text;
}

/** Modules of tfjs-core that keep state (engine, registries) must not exist twice: the program's own are used. */
const publicFirst: Plugin = {
  name: "public-first",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) => {
      const file = `${join(resolveDir, path)}.js`;
      const module = relative(DIST, file).slice(0, -".js".length);
      if (module in STATEFUL) return { path: module, namespace: "stateful" };
      const names = exportsOf(file);
      if (PUBLIC.includes(module) || (names.length > 0 && names.every((name) => name in core))) {
        return { path: CORE, external: true };
      }
      const space = NAMESPACES.find(([, members]) => names.every((name) => name in members));
      if (names.length > 0 && space) {
        return { path: module, namespace: "member", pluginData: space };
      }
      return { path: file };
    });
    onResolve({ filter: new RegExp(`^${CORE}$`) }, () => ({ path: CORE, external: true }));
    onLoad({ filter: /./, namespace: "stateful" }, ({ path }) => ({ contents: STATEFUL[path]! }));
    onLoad({ filter: /./, namespace: "member" }, ({ pluginData: [space, members] }) => ({
      contents: `import { ${space} } from "${CORE}";
export const { ${Object.keys(members).join(", ")} } = ${space};`,
    }));
  },
};

/** Names that one of tfjs-core's modules exports; empty where it re-exports whole modules. */
function exportsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  const declared = /^export (?:async )?(?:const|let|function|class) (\w+)/gm;
  const listed = /^export \{([^}]*)\}/gm;
  return [
    ...[...text.matchAll(declared)].map(([, name]) => name!),
    ...[...text.matchAll(listed)].flatMap(([, names]) => names!.match(/\w+(?=\s*(?:,|$))/g) ?? []),
  ];
}
