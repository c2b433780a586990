/**
 * ONNX Runtime and its own files, which the build puts beside the page: those that each provider needs. The package for other
 * sites has web/embed/worker/runtimeFiles.ts in place of this module.
 */

import type * as Ort from "onnxruntime-web";
import gpuLoader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import { downloadCopy } from "../download/copies.ts";
import type { Provider } from "./protocol.ts";
import { inWords } from "./runtimeFailure.ts";

const absolute = (url: string) => new URL(url, self.location.href).href;

export const RUNTIME_FILES: Readonly<Record<Provider, { loader: string; wasm: string }>> = {
  wasm: { loader: absolute(cpuLoader), wasm: absolute(cpuWasm) },
  webgpu: { loader: absolute(gpuLoader), wasm: absolute(gpuWasm) },
};

export interface LoadedRuntime {
  readonly ort: typeof Ort;
  /** URLs of the loader, which starts threads, and of its WebAssembly; undefined where the runtime knows them itself. */
  readonly paths: { readonly mjs: string; readonly wasm: string } | undefined;
  /** The WebAssembly, where it came in a compressed copy. */
  readonly binary?: Uint8Array<ArrayBuffer> | undefined;
  /** Whether the service worker unpacks it before it answers. */
  readonly comesWhole?: boolean;
}

/**
 * Downloads the provider's part of the runtime.
 *
 * @param _folder Of its files; the page has its own.
 * @throws RuntimeFailure, or Trouble where it stalls
 */
export async function loadRuntime(provider: Provider, _folder?: string): Promise<LoadedRuntime> {
  const { loader, wasm } = RUNTIME_FILES[provider];
  let comesWhole = false;
  const copy = downloadCopy(wasm, undefined, () => {
    comesWhole = true;
  });
  const ort = await inWords<typeof Ort>(() =>
    provider === "webgpu" ? import("onnxruntime-web/webgpu") : import("onnxruntime-web/wasm"),
  );
  const binary = await copy;
  return { ort, paths: { mjs: loader, wasm }, binary, comesWhole };
}
