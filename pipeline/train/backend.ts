/** Chooses and starts the tfjs backend that training runs on. */

import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
// The umbrella package alone registers the gradients (and the cpu backend): tfjs-core's Node build has none.
import "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import type { Backend } from "../config/schema.ts";
import { registerWasmKernels } from "./kernels/register.ts";
import { describeWasm, startWasm } from "./wasmThreads.ts";

/**
 * Makes `backend` the one tfjs computes on.
 *
 * @returns How reports name it, e.g. "wasm (SIMD)".
 * @throws Error if it cannot be started on this machine.
 */
export async function startBackend(backend: Backend): Promise<string> {
  if (backend === "wasm") {
    const require = createRequire(import.meta.url);
    setWasmPaths(dirname(require.resolve("@tensorflow/tfjs-backend-wasm")) + sep);
  }
  const start = () => setBackend(backend).catch(() => false);
  const started = await (backend === "wasm" ? startWasm(start) : start());
  if (!started) {
    throw new Error(`tfjs backend "${backend}" does not start here; try --backend cpu`);
  }
  await ready();
  if (getBackend() !== "wasm") return backend;
  registerWasmKernels();
  const features = await describeWasm();
  return features === "" ? "wasm" : `wasm (${features})`;
}
