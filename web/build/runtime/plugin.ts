/** Builds the site with ONNX Runtime split, see split.ts: as the package has it, most of it is for other graphs. */

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Plugin } from "vite";
import { sha256 } from "../../../node/files.ts";
import { readProfile } from "./profile.ts";
import { splitRuntime } from "./split.ts";

const ON_DEMAND = fileURLToPath(new URL("../../runtime/onDemand.ts", import.meta.url));
/** What the site's programs import, and what takes its place. */
const WASM = /\/ort-wasm-simd-threaded\.wasm\?url$/;
const LOADER = /\/ort-wasm-simd-threaded\.mjs\?url$/;

const STALE =
  "onnxruntime-web is another version than web/build/runtime/profile.json was measured for: visitors download the whole runtime. `node --import tsx tools/runtimeProfile.ts` measures this version.";

interface RuntimeFile {
  readonly name: string;
  readonly bytes: Uint8Array | string;
}

/** Only for builds: in development, the runtime is whole. */
export function runtimePlugin(): Plugin {
  const splits = new Map<string, ReturnType<typeof splitFiles>>();
  return {
    name: "runtime",
    apply: "build",
    // Before Vite's own plugin for `?url`.
    enforce: "pre",
    async load(id) {
      const isWasm = WASM.test(id);
      if (!isWasm && !LOADER.test(id)) return null;
      const path = id.replace(/\.\w+\?url$/, "");
      // Each of the site's workers is a build of its own.
      const splitting = splits.get(path) ?? splitFiles(path);
      splits.set(path, splitting);
      const split = await splitting;
      if (!split) {
        if (isWasm) this.warn(STALE);
        return null;
      }
      const { first, loader, rest } = split;
      if (isWasm) this.emitFile({ type: "asset", fileName: rest.name, source: rest.bytes });
      const { name, bytes } = isWasm ? first : loader;
      const file = this.emitFile({ type: "asset", name, source: bytes });
      return `export default import.meta.ROLLUP_FILE_URL_${file};`;
    },
  };
}

interface SplitFiles {
  readonly first: RuntimeFile;
  readonly loader: RuntimeFile;
  /** Its name is a path in the site: the loader contains it. */
  readonly rest: RuntimeFile;
}

/**
 * @param path Of the runtime, without the ending of its WebAssembly and of its loader.
 * @returns undefined for a runtime that the profile was not measured for.
 */
async function splitFiles(path: string): Promise<SplitFiles | undefined> {
  const wasm = await readFile(`${path}.wasm`);
  const profile = await readProfile();
  if (sha256(wasm) !== profile.sha256) return undefined;
  const { first, rest, slot } = splitRuntime(wasm, profile.called);
  const restName = `ort-rest-${sha256(rest).slice(0, 8)}.wasm`;
  return {
    first: { name: "ort-wasm-simd-threaded.wasm", bytes: first },
    rest: { name: `assets/${restName}`, bytes: rest },
    loader: {
      name: "ort-wasm-simd-threaded.mjs",
      bytes: (await onDemand(restName, slot)) + (await readFile(`${path}.mjs`, "utf8")),
    },
  };
}

/** What goes before the loader: its WebAssembly is the browser's, with the rest of the runtime on demand. */
async function onDemand(restName: string, slot: number): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [ON_DEMAND],
    bundle: true,
    write: false,
    minify: true,
    target: "es2023",
    format: "iife",
    globalName: "rest",
  });
  const url = `new URL(${JSON.stringify(restName)}, import.meta.url).href`;
  return [
    outputFiles[0]!.text,
    `const WebAssembly = rest.onDemand(globalThis.WebAssembly, { url: ${url}, slot: ${slot} });\n`,
  ].join("");
}
