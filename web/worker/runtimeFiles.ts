/** URLs of ONNX Runtime's own files, which the build puts beside the page: those that each provider needs. */

import gpuLoader from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url";
import gpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url";
import cpuLoader from "onnxruntime-web/ort-wasm-simd-threaded.mjs?url";
import cpuWasm from "onnxruntime-web/ort-wasm-simd-threaded.wasm?url";
import type { Provider } from "./protocol.ts";

const absolute = (url: string) => new URL(url, self.location.href).href;

export const RUNTIME_FILES: Readonly<Record<Provider, { loader: string; wasm: string }>> = {
  wasm: { loader: absolute(cpuLoader), wasm: absolute(cpuWasm) },
  webgpu: { loader: absolute(gpuLoader), wasm: absolute(gpuWasm) },
};
