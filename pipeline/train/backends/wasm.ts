/** WebAssembly, with kernels of our own where tfjs has none or slow ones. */

import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { setBackend } from "@tensorflow/tfjs-core";
import { registerWasmKernels } from "../kernels/register.ts";
import { describeWasm, startWasm } from "../wasmThreads.ts";
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
    if (!(await startWasm(() => setBackend("wasm").catch(() => false)))) {
      throw new Error("the WebAssembly module does not start");
    }
    registerWasmKernels();
    const features = await describeWasm();
    return { description: features === "" ? "wasm" : `wasm (${features})` };
  },
};
