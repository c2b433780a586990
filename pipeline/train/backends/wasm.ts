/** WebAssembly, with kernels of our own where tfjs has none or slow ones. */

import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { env, setBackend } from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "../kernels/register.ts";
import type { TrainingBackend } from "./trainingBackend.ts";

let located = false;

export const wasm: TrainingBackend = {
  name: "wasm",
  advice: "reinstall the packages with npm ci, or train with --backend cpu",
  async start() {
    if (!located) {
      const require = createRequire(import.meta.url);
      setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
      located = true;
    }
    if (!(await setBackend("wasm"))) throw new Error("the WebAssembly module does not start");
    registerWasmKernels();
    const simd = await env().getAsync("WASM_HAS_SIMD_SUPPORT");
    return { description: simd ? "wasm (SIMD)" : "wasm" };
  },
};
