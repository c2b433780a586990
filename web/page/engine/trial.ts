/** WebGPU is tried beside WebAssembly, which answers meanwhile: compared, measured, and taken where it is faster. */

import { strings } from "../../strings/strings.ts";
import type { ModelInfo, Provider } from "../../worker/protocol.ts";
import { onGpu } from "./options.ts";
import type { Adapter, Effect, EngineState, Measurement, Step } from "./state.ts";
import { bundleOf, type In, RETIRE_GPU, reportOn, timesOf } from "./steps.ts";
import { startTakeOver } from "./takingOver.ts";

/** WebGPU must take at most this share of WebAssembly's time to be worth its larger download. */
export const WORTHWHILE = 0.9;

export function tryGpu(state: In<"checkingAdapter">, adapter: Adapter): Step {
  if (!adapter.found) return stayOnWasm(state, adapter.reason);
  const reason = reasonNotToTry(state, adapter.name, adapter.software);
  if (reason !== undefined) return stayOnWasm(state, reason);
  const next: EngineState = {
    ...state,
    phase: "tryingGpu",
    adapter,
    reasons: { ...state.reasons, webgpu: strings.engine.beingTried },
  };
  return {
    state: next,
    effects: [
      reportOn(next, state.model),
      { kind: "start", options: onGpu(adapter, state.settings), showProgress: false },
    ],
  };
}

function reasonNotToTry(
  { settings, model }: In<"checkingAdapter">,
  adapter: string,
  software: boolean,
): string | undefined {
  const { measurement, savesData } = settings;
  if (software) return strings.engine.software(adapter);
  if (savesData) return strings.engine.savesData;
  const known = measurement?.bundle === bundleOf(model) && measurement.adapter === adapter;
  return known ? timesOf(measurement) : undefined;
}

export function stayOnWasm(
  state: In<"checkingAdapter" | "tryingGpu" | "measuring">,
  reason: string,
  before: readonly Effect[] = [],
): Step {
  const { settings, files, model } = state;
  const next: EngineState = {
    phase: "onWasm",
    settings,
    files,
    model,
    reasons: { ...state.reasons, webgpu: reason },
  };
  return { state: next, effects: [...before, reportOn(next, model)] };
}

export function measureGpu(state: In<"tryingGpu">, gpu: ModelInfo): Step {
  return {
    state: { ...state, phase: "measuring", gpu, gpuMs: undefined },
    effects: [{ kind: "measure", provider: "webgpu" }],
  };
}

export function measured(state: In<"measuring">, ms: number): Step {
  if (state.gpuMs === undefined) {
    return {
      state: { ...state, gpuMs: ms },
      effects: [{ kind: "measure", provider: "wasm" }],
    };
  }
  const { model, gpu, gpuMs, adapter } = state;
  const faster: Provider = gpuMs <= WORTHWHILE * ms ? "webgpu" : "wasm";
  const measurement: Measurement = {
    bundle: bundleOf(model),
    adapter: adapter.name,
    faster,
    wasmMs: ms,
    gpuMs,
  };
  const reason = timesOf(measurement);
  const store: Effect = { kind: "storeMeasurement", measurement };
  if (faster === "wasm") return stayOnWasm(state, reason, [store, RETIRE_GPU]);
  return startTakeOver({ ...state, reasons: { wasm: reason, webgpu: "" } }, gpu, [store]);
}
