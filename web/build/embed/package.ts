/** Builds the package for other sites: two entries, the worker that both start, and types that need no other package. */

import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { build, type InlineConfig, type Plugin } from "vite";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** The package: its package.json, README and sources. */
export const EMBED = join(ROOT, "web/embed");
const ENTRIES = ["index", "element"] as const;
/** Whoever uses the package has it. */
const PEER = /^onnxruntime-web(\/|$)/;

/** Takes the package's way to the runtime in place of the page's, whose build has the runtime beside it. */
const runtimeOfUser: Plugin = {
  name: "runtime-of-user",
  enforce: "pre",
  resolveId: (source, importer) =>
    source === "./runtimeFiles.ts" && importer?.endsWith("/web/worker/runtime.ts")
      ? join(EMBED, "worker/runtimeFiles.ts")
      : undefined,
};

/** As Vite writes the worker's address. */
const WORKER =
  /new URL\(\s*\/\* @vite-ignore \*\/\s*(new URL\("worker\.js", import\.meta\.url\))\.href,\s*"" \+ import\.meta\.url\s*\)/;

/** Writes it as other bundlers know it, who would else copy the worker's file as it is. */
const plainWorker: Plugin = {
  name: "plain-worker",
  generateBundle(_, files) {
    const chunks = Object.values(files).filter((file) => file.type === "chunk");
    const starting = chunks.filter(({ code }) => WORKER.test(code));
    if (starting.length !== 1) {
      throw new Error(`internal: ${starting.length} files start the worker, expected 1`);
    }
    starting[0]!.code = starting[0]!.code.replace(WORKER, "$1");
  },
};

const PRELOAD = "__vitePreload";

/** Takes the place of what Vite puts around imports: a site's Vite, which puts its own there, stops at two of that name. */
const plainImports: Plugin = {
  name: "plain-imports",
  enforce: "pre",
  load: (id) =>
    id === "\0vite/preload-helper.js" ? `export const ${PRELOAD} = (load) => load();` : undefined,
  generateBundle(_, files) {
    for (const file of Object.values(files)) {
      if (file.type === "chunk") file.code = file.code.replaceAll(PRELOAD, "loadNow");
    }
  },
};

const output = {
  entryFileNames: "[name].js",
  chunkFileNames: "[name].js",
  assetFileNames: "[name]-[hash][extname]",
};

function packageConfig(out: string): InlineConfig {
  return {
    configFile: false,
    root: EMBED,
    base: "./",
    logLevel: "warn",
    plugins: [plainImports, plainWorker],
    worker: {
      format: "es",
      plugins: () => [runtimeOfUser],
      rolldownOptions: { external: PEER, output: { ...output, entryFileNames: "worker.js" } },
    },
    build: {
      outDir: out,
      emptyOutDir: true,
      target: "es2023",
      // Whoever bundles it, minifies; who does not, can read it.
      minify: false,
      assetsInlineLimit: 0,
      modulePreload: false,
      rolldownOptions: {
        input: Object.fromEntries(ENTRIES.map((name) => [name, join(EMBED, `${name}.ts`)])),
        external: PEER,
        preserveEntrySignatures: "strict",
        checks: { pluginTimings: false },
        output,
      },
    },
  };
}

/** @param out Folder that is replaced. @throws Error if the sources do not build. */
export async function buildPackage(out = join(EMBED, "dist")): Promise<void> {
  await build(packageConfig(resolve(out)));
  await writeTypes(join(resolve(out), "types"));
}

/** Writes the declarations of the entries, and those that they refer to: tsc writes one for every module it meets. */
async function writeTypes(out: string): Promise<void> {
  const all = await mkdtemp(join(tmpdir(), "marquee-types-"));
  try {
    const tsc = join(ROOT, "node_modules/.bin/tsc");
    await promisify(execFile)(tsc, ["-p", join(EMBED, "tsconfig.types.json"), "--outDir", all]);
    const names = ENTRIES.map((name) => `web/embed/${name}.d.ts`);
    for (const name of names) {
      const text = await readFile(join(all, name), "utf8");
      await mkdir(dirname(join(out, name)), { recursive: true });
      await cp(join(all, name), join(out, name));
      for (const [, path] of text.matchAll(/from "(\.[^"]+)\.ts"/g)) {
        const other = relative(all, resolve(all, dirname(name), `${path}.d.ts`));
        if (!names.includes(other)) names.push(other);
      }
    }
    await writeFile(join(out, "worker.d.ts"), "export {};\n");
    for (const name of ENTRIES) {
      await writeFile(join(out, `${name}.d.ts`), `export * from "./web/embed/${name}.js";\n`);
    }
  } catch (error) {
    const { stdout, message } = error as Error & { stdout?: string };
    throw new Error(`the types do not build: ${stdout || message}`);
  } finally {
    await rm(all, { recursive: true, force: true });
  }
}
