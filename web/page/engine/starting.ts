/** The first provider that answers: at the start, and when the user tries again. */

import { strings } from "../../strings/strings.ts";
import type { ModelInfo } from "../../worker/protocol.ts";
import { mayBeThreads } from "../../worker/threads.ts";
import { onGpu, startWasm } from "./options.ts";
import type { Adapter, Effect, EngineState, Failure, Files, Settings, Step } from "./state.ts";
import { bundleOf, type In, reportOn, timesOf } from "./steps.ts";

/** The first state, with the first effect. @param files Given before, where the user tries again. */
export function initialStep(settings: Settings, files: Files = {}): Step {
  const { choice, measurement } = settings;
  const common = {
    settings,
    files,
    reasons: { wasm: "", webgpu: choice === "wasm" ? strings.engine.youChose("WebAssembly") : "" },
  };
  if (choice === "webgpu" || (choice === "auto" && measurement?.faster === "webgpu")) {
    return { state: { ...common, phase: "findingAdapter" }, effects: [{ kind: "findAdapter" }] };
  }
  const thenTryGpu = choice === "auto";
  return {
    state: { ...common, phase: "startingWasm", thenTryGpu, threadsFailed: false },
    effects: [startWasm(settings, true)],
  };
}

export function startFirst(state: In<"findingAdapter">, adapter: Adapter): Step {
  const { choice, measurement } = state.settings;
  if (!adapter.found) return fallBack(state, adapter.reason);
  if (choice === "auto" && measurement?.adapter !== adapter.name) {
    return fallBack(state, strings.engine.newAdapter(adapter.name), [
      { kind: "storeMeasurement", measurement: undefined },
    ]);
  }
  return {
    state: { ...state, phase: "startingGpu" },
    effects: [{ kind: "start", options: onGpu(adapter, state.settings), showProgress: true }],
  };
}

/** WebAssembly after all. */
export function fallBack(
  state: In<"findingAdapter" | "startingGpu">,
  reason: string,
  before: readonly Effect[] = [],
): Step {
  return {
    state: {
      ...state,
      phase: "startingWasm",
      thenTryGpu: false,
      threadsFailed: false,
      reasons: { ...state.reasons, webgpu: reason },
    },
    effects: [...before, startWasm(state.settings, true)],
  };
}

export function serveGpu(state: In<"startingGpu">, model: ModelInfo): Step {
  const { choice, measurement } = state.settings;
  const wasm =
    choice === "webgpu"
      ? strings.engine.youChose("WebGPU")
      : measurement
        ? timesOf(measurement)
        : "";
  const next: EngineState = {
    ...state,
    phase: "onGpu",
    model,
    reasons: { ...state.reasons, wasm },
  };
  const effects: Effect[] = [{ kind: "ready" }, reportOn(next, model)];
  // This visit takes an old measurement for granted; the next one measures the new bundle.
  if (choice === "auto" && measurement?.bundle !== bundleOf(model)) {
    effects.unshift({ kind: "storeMeasurement", measurement: undefined });
  }
  return { state: next, effects };
}

export function serveWasm(
  { thenTryGpu, threadsFailed, ...state }: In<"startingWasm">,
  model: ModelInfo,
): Step {
  const next: EngineState = { ...state, phase: thenTryGpu ? "checkingAdapter" : "onWasm", model };
  const effects: Effect[] = [{ kind: "ready" }, reportOn(next, model)];
  if (threadsFailed) effects.unshift({ kind: "storeOneThread" });
  if (thenTryGpu) effects.push({ kind: "findAdapter" });
  return { state: next, effects };
}

/** Once more with one thread, where threads may be at fault. */
export function failToStart(state: In<"startingWasm">, error: Failure): Step {
  if (!mayBeThreads(state.settings.threads, error.fault)) return fail(state, error);
  const settings = { ...state.settings, threads: 1 };
  return {
    state: { ...state, settings, threadsFailed: true },
    effects: [startWasm(settings, true)],
  };
}

/** The user may try again. */
export function fail({ settings, files, reasons }: EngineState, error: Failure): Step {
  return {
    state: { phase: "failed", settings, files, reasons, error },
    effects: [{ kind: "fail", error }],
  };
}
