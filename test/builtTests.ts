/**
 * The tests, and the programs that they start, as JavaScript in few files: loading them takes a process of Node a quarter of the
 * processor time that tsx and a thousand small files take, and a run starts some five hundred processes and threads.
 */

import { readFileSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type BuildOptions, build, type Plugin } from "esbuild";
import { glob } from "tinyglobby";
import { cachedBuild } from "./cachedBuild.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const FOLDERS = ["bench", "node", "pipeline", "predictor", "serve", "test", "tools", "web"];
const SOURCES = FOLDERS.map((folder) => `${folder}/**/*.ts`);
const IGNORED = ["**/node_modules/**", "**/dist/**", "**/*.d.ts"];

/** Programs of the tests' own, and scripts that the program starts as processes or threads. */
const CHILD = /^test\/.*Child\.ts$/;
const SCRIPT = /new URL\("(\.[^"]+\.ts)", import\.meta\.url\)/g;
const COMMAND = /^exec node --import tsx (\S+\.ts)$/;

/** Packages of many small files, which read nothing beside them. All others stay where they are. */
const BUNDLED =
  /^(@bufbuild\/protobuf|@observablehq\/plot|csv-parse|hyparquet|hyparquet-compressors|linkedom|pure-rand|zod|zod-openapi)(\/|$)/;
/** CommonJS, of which each process has one instance: `require` finds it without parsing it for its names first. */
const REQUIRED = /^@tensorflow\/tfjs-(core|layers|converter|backend-(cpu|wasm|webgpu))$/;

/** Begins the names of what a source's `import.meta` says of its place. */
const PLACES = "__source";

/** Built files are elsewhere than their sources: what these read beside them, or import that is no TypeScript, stays where it is. */
const inPlace: Plugin = {
  name: "in place",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir, importer }) => {
      if (importer.includes("/node_modules/")) return undefined;
      if (!path.endsWith(".ts")) {
        return { path: pathToFileURL(join(resolveDir, path)).href, external: true };
      }
      // What is started is built, too.
      const script = join(resolveDir, path) === join(ROOT, "node/script.ts");
      return script ? { path: join(ROOT, "test/builtScripts.ts") } : undefined;
    });
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

const packages: Plugin = {
  name: "packages",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^[^./]/ }, ({ path, kind, namespace, importer }) => {
      if (kind === "entry-point") return undefined;
      if (namespace === "file" && REQUIRED.test(path)) return { path, namespace: "required" };
      if (BUNDLED.test(path) || importer.includes("/node_modules/")) return undefined;
      return { path, external: true };
    });
    const require = createRequire(import.meta.url);
    onLoad({ filter: /./, namespace: "required" }, ({ path }) => {
      const names = Object.keys(require(path)).filter((name) => name !== "default");
      const lines = [
        'import { createRequire } from "node:module";',
        `const __all = createRequire(${JSON.stringify(ROOT)})(${JSON.stringify(path)});`,
        `export default __all; export const { ${names.join(", ")} } = __all;`,
      ];
      return { contents: lines.join("\n") };
    });
  },
};

/** @returns What Node starts: test files, and programs. */
function entriesOf(files: readonly string[]): string[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")) as {
    readonly scripts: Record<string, string>;
  };
  const commands = Object.values(scripts).flatMap((script) => COMMAND.exec(script)?.[1] ?? []);
  const started = files.flatMap((file) =>
    [...readFileSync(join(ROOT, file), "utf8").matchAll(SCRIPT)].map(([, path]) =>
      relative(ROOT, resolve(ROOT, dirname(file), path!)),
    ),
  );
  const own = files.filter((file) => file.endsWith(".test.ts") || CHILD.test(file));
  return [...new Set([...own, ...commands, ...started.filter((file) => files.includes(file))])];
}

/** @returns The folder that has `x.js` for every `x.ts` that Node starts. */
export async function buildTests(): Promise<string> {
  const files = (await glob(SOURCES, { ignore: IGNORED, cwd: ROOT })).sort();
  return cachedBuild({
    kind: "built-tests",
    sources: ["package.json", "package-lock.json", ...files],
    async build(out, folder) {
      const places = ["url", "dirname", "filename"].map(
        (name) => [`import.meta.${name}`, `${PLACES}_${name}`] as const,
      );
      const entries = entriesOf(files);
      const isTest = (file: string) => file.endsWith(".test.ts");
      // What entries share is cut into a file for each set of them that shares it. Beside hundreds of tests, a program
      // would be three times as many files.
      const parts = [entries.filter(isTest), entries.filter((file) => !isTest(file))];
      const options: BuildOptions = {
        outdir: out,
        outbase: ROOT,
        chunkNames: "chunks/[hash]",
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "node",
        target: "node20.19",
        mainFields: ["module", "main"],
        plugins: [inPlace, packages],
        define: {
          ...Object.fromEntries(places),
          BUILT_TESTS: JSON.stringify(pathToFileURL(`${folder}/`).href),
        },
        banner: {
          js: `import { createRequire as __createRequire } from "node:module"; const require = __createRequire(${JSON.stringify(ROOT)});`,
        },
        logLevel: "warning",
      };
      await Promise.all(
        parts.map((part) =>
          build({ ...options, entryPoints: part.map((file) => join(ROOT, file)) }),
        ),
      );
      await writeFile(join(out, "package.json"), JSON.stringify({ type: "module" }));
    },
  });
}
