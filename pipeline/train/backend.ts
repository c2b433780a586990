/** Chooses and starts the tfjs backend that training runs on. */

import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
// The umbrella package alone registers the gradients (and the cpu backend): tfjs-core's Node build has none.
import "@tensorflow/tfjs";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { env, getBackend, ready, setBackend } from "@tensorflow/tfjs-core";
import type { Backend } from "../config/schema.ts";
import { registerWasmKernels } from "./kernels/register.ts";

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
  const started = await setBackend(backend).catch(() => false);
  if (!started) {
    throw new Error(`tfjs backend "${backend}" does not start here; try --backend cpu`);
  }
  await ready();
  if (getBackend() !== "wasm") return backend;
  registerWasmKernels();
  return (await env().getAsync("WASM_HAS_SIMD_SUPPORT")) ? "wasm (SIMD)" : "wasm";
}
