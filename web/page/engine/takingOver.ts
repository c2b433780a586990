/** One provider takes over from another, with the files that the user gave. */

import { strings } from "../../strings/strings.ts";
import type { ModelInfo } from "../../worker/protocol.ts";
import { startWasm } from "./options.ts";
import type { Effect, EngineState, Step } from "./state.ts";
import { type In, reportOn, stay } from "./steps.ts";

export function startTakeOver(
  { settings, files, reasons, model }: In<"measuring" | "leavingGpu">,
  next: ModelInfo,
  before: readonly Effect[],
): Step {
  return {
    state: { phase: "takingOver", settings, files, reasons, model, next, handed: files },
    effects: [...before, { kind: "handFiles", provider: next.provider, files }],
  };
}

export function takeOver(state: In<"takingOver">): Step {
  const { settings, files, reasons, model, next, handed } = state;
  // The user changed it meanwhile.
  if (handed !== files) {
    return {
      state: { ...state, handed: files },
      effects: [{ kind: "handFiles", provider: next.provider, files }],
    };
  }
  const phase = next.provider === "webgpu" ? "onGpu" : "onWasm";
  const taken: EngineState = { phase, settings, files, reasons, model: next };
  return {
    state: taken,
    effects: [{ kind: "retire", provider: model.provider }, reportOn(taken, next)],
  };
}

export function leaveGpu(state: In<"onGpu">, { message }: Error): Step {
  return {
    state: { ...state, phase: "leavingGpu", reason: message },
    effects: [startWasm(state.settings, false)],
  };
}

export function leaveOnOneThread(state: In<"leavingGpu">): Step {
  const settings = { ...state.settings, threads: 1 };
  return { state: { ...state, settings }, effects: [startWasm(settings, false)] };
}

export function stayOnGpu({ settings, files, reasons, model }: In<"leavingGpu">): Step {
  return stay({ phase: "onGpu", settings, files, reasons, model });
}

export function replaceGpu(state: In<"leavingGpu">, wasm: ModelInfo): Step {
  const reasons = { wasm: "", webgpu: strings.engine.failed(state.reason) };
  const forget: Effect[] =
    // The next visit measures again.
    state.settings.choice === "auto" ? [{ kind: "storeMeasurement", measurement: undefined }] : [];
  return startTakeOver({ ...state, reasons }, wasm, forget);
}
