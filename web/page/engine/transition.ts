/**
 * What the engine does next. WebAssembly answers first, as it is the smaller download; WebGPU is started beside it, and takes
 * over where it answers correctly and is faster. Where it is chosen, or was faster at an earlier visit, WebGPU is started first.
 */

import type { ModelInfo } from "../../worker/protocol.ts";
import { mayBeThreads } from "../../worker/threads.ts";
import {
  fail,
  failToStart,
  fallBack,
  initialStep,
  serveGpu,
  serveWasm,
  startFirst,
} from "./starting.ts";
import type { EngineEvent, EngineState, Step } from "./state.ts";
import { RETIRE_GPU, stay, triedBut } from "./steps.ts";
import { leaveGpu, leaveOnOneThread, replaceGpu, stayOnGpu, takeOver } from "./takingOver.ts";
import { measured, measureGpu, stayOnWasm, tryGpu } from "./trial.ts";

/** Pure: neither reads nor changes anything else. An event that means nothing in a state leaves it as it is. */
export function transition(state: EngineState, event: EngineEvent): Step {
  if (event.kind === "fileGiven") {
    const files = { ...state.files, [event.input]: event.file };
    return { state: { ...state, files }, effects: [] };
  }
  switch (state.phase) {
    case "findingAdapter":
      return event.kind === "adapter" ? startFirst(state, event.adapter) : stay(state);
    case "startingGpu":
      if (event.kind === "started") return serveGpu(state, event.model);
      return event.kind === "startFailed" ? fallBack(state, triedBut(event)) : stay(state);
    case "startingWasm":
      if (event.kind === "started") return serveWasm(state, event.model);
      return event.kind === "startFailed" ? failToStart(state, event.error) : stay(state);
    case "checkingAdapter":
      if (event.kind === "wasmFailed") return fail(state, event.error);
      return event.kind === "adapter" ? tryGpu(state, event.adapter) : stay(state);
    case "tryingGpu":
      if (event.kind === "started") return measureGpu(state, event.model);
      return event.kind === "startFailed" ? stayOnWasm(state, triedBut(event)) : stay(state);
    case "measuring":
      if (event.kind === "measured") return measured(state, event.ms);
      // Not stored: a network that failed once may not fail again.
      if (event.kind === "measureFailed") return stayOnWasm(state, triedBut(event), [RETIRE_GPU]);
      return stay(state);
    case "takingOver":
      return event.kind === "filesHanded" ? takeOver(state) : stay(state);
    case "onGpu":
      return event.kind === "gpuFailed" ? leaveGpu(state, event.error) : stay(state);
    case "leavingGpu":
      if (event.kind === "started") return replaceGpu(state, event.model);
      if (event.kind !== "startFailed") return stay(state);
      // Otherwise, the next call that fails tries again.
      return mayBeThreads(state.settings.threads, event.error.fault)
        ? leaveOnOneThread(state)
        : stayOnGpu(state);
    case "onWasm":
      return event.kind === "wasmFailed" ? fail(state, event.error) : stay(state);
    case "failed":
      return event.kind === "retry" ? initialStep(state.settings, state.files) : stay(state);
  }
}

/** The model that answers calls; undefined before there is one. */
export function servingModel(state: EngineState): ModelInfo | undefined {
  return "model" in state ? state.model : undefined;
}

/** Whether another provider is about to answer in place of WebGPU, which failed: calls that failed wait for it. */
export function isLeavingGpu(state: EngineState): boolean {
  return (
    state.phase === "leavingGpu" ||
    (state.phase === "takingOver" && state.model.provider === "webgpu")
  );
}
