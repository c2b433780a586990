/** The tests and all that they import as JavaScript: a process of Node starts in a third of the time that tsx takes. */

import { readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin } from "esbuild";
import { glob } from "tinyglobby";
import { APART } from "../tools/apart.ts";
import { cachedBuild } from "./cachedBuild.ts";

const FOLDERS = ["bench", "node", "pipeline", "predictor", "serve", "test", "tools", "web"];
const SOURCES = FOLDERS.map((folder) => `${folder}/**/*.ts`);
const IGNORED = ["**/node_modules/**", "**/dist/**", "**/*.d.ts"];

/** Begins the names of what a source's `import.meta` says of its place. */
const PLACES = "__source";

/**
 * Built files are elsewhere than their sources: what these read beside them, start in a process of its own, or import that is
 * no TypeScript stays where it is.
 */
const inPlace: Plugin = {
  name: "in place",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      path.endsWith(".ts")
        ? undefined
        : { path: pathToFileURL(join(resolveDir, path)).href, external: true },
    );
    onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const places = { url: pathToFileURL(path).href, dirname: dirname(path), filename: path };
      const names = Object.entries(places).map(
        ([name, value]) => `const ${PLACES}_${name} = ${JSON.stringify(value)};`,
      );
      const text = (await readFile(path, "utf8")).replace(/^#!.*/, "");
      return { contents: `${names.join(" ")} ${text}`, loader: "ts" };
    });
  },
};

/** @returns The folder that has `x.js` for every `x.ts`. */
export async function buildTests(): Promise<string> {
  const files = (await glob(SOURCES, { ignore: IGNORED })).sort();
  return cachedBuild({
    kind: "built-tests",
    sources: ["package.json", "package-lock.json", ...files],
    async build(out) {
      const plugins = [inPlace, ...APART.plugins];
      const define = Object.fromEntries(
        ["url", "dirname", "filename"].map((name) => [`import.meta.${name}`, `${PLACES}_${name}`]),
      );
      await build({ ...APART, plugins, define, entryPoints: files, outdir: out });
      await writeFile(join(out, "package.json"), JSON.stringify({ type: "module" }));
    },
  });
}
