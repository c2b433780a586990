/** What each provider is started with. */

import type { ProviderOptions } from "../../worker/protocol.ts";
import type { Effect, Settings } from "./state.ts";

type Threads = Pick<Settings, "threads">;

/** The smallest download first: WebAssembly computes in single precision whatever the weights are stored in. */
export function onWasm({ threads }: Threads): ProviderOptions {
  return { provider: "wasm", precisions: ["q8", "fp16", "fp32"], threads };
}

/** Computes in the precision that weights are stored in; 8-bit weights would be unpacked at every step. */
export function onGpu({ half }: { half: boolean }, { threads }: Threads): ProviderOptions {
  return { provider: "webgpu", precisions: half ? ["fp16", "fp32"] : ["fp32"], threads };
}

/** @param showProgress Whether the page waits for it. */
export function startWasm(threads: Threads, showProgress: boolean): Effect {
  return { kind: "start", options: onWasm(threads), showProgress };
}
