/** ONNX Runtime for the package, in place of web/worker/runtimeFiles.ts: the package onnxruntime-web of whoever uses it. */

import type { Provider } from "../../worker/protocol.ts";
import type { LoadedRuntime } from "../../worker/runtimeFiles.ts";

const MODULE = "ort.wasm.min.mjs";
const LOADER = "ort-wasm-simd-threaded.mjs";
const WASM = "ort-wasm-simd-threaded.wasm";

/** In a constant, so that bundlers do not look for files there. */
const HERE = import.meta.url;

/**
 * By default the runtime is imported by its name, which bundlers resolve. Without a bundler a worker knows no names: then it
 * is looked for beside this package, where node_modules and the addresses of npm's CDNs have it.
 *
 * @param folder URL of onnxruntime-web's folder `dist`, or of one with its files.
 * @throws Error that says what to set.
 */
export async function loadRuntime(_provider: Provider, folder?: string): Promise<LoadedRuntime> {
  if (folder !== undefined) return loadFrom(folder, "is not there");
  try {
    return { ort: await import("onnxruntime-web/wasm"), paths: undefined };
  } catch {
    const beside = new URL("../../onnxruntime-web/dist/", HERE);
    return loadFrom(beside.href, "is neither resolved by a bundler nor beside this package");
  }
}

async function loadFrom(folder: string, problem: string): Promise<LoadedRuntime> {
  const base = folder.endsWith("/") ? folder : `${folder}/`;
  try {
    return {
      ort: await import(/* @vite-ignore */ /* webpackIgnore: true */ base + MODULE),
      paths: { mjs: base + LOADER, wasm: base + WASM },
    };
  } catch (error) {
    throw new Error(
      `onnxruntime-web ${problem}: ${base + MODULE} cannot be loaded (${(error as Error).message}). ` +
        `Set \`runtime\` to the URL of a folder with ${MODULE}, ${LOADER} and ${WASM}; on another origin its server must send Access-Control-Allow-Origin.`,
    );
  }
}
