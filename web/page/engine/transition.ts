/**
 * What the engine does next. WebAssembly answers first, as it is the smaller download; WebGPU is started beside it, and takes
 * over where it answers correctly and is faster. Where it is chosen, or was faster at an earlier visit, WebGPU is started first.
 */

import type { ModelInfo, Provider, ProviderOptions } from "../../worker/protocol.ts";
import type {
  Adapter,
  Effect,
  EngineEvent,
  EngineState,
  Measurement,
  Report,
  Settings,
  Step,
} from "./state.ts";

/** WebGPU must take at most this share of WebAssembly's time to be worth its larger download. */
export const WORTHWHILE = 0.9;

/** The smallest download first: WebAssembly computes in single precision whatever the weights are stored in. */
export const ON_WASM: ProviderOptions = { provider: "wasm", precisions: ["q8", "fp16", "fp32"] };

/** Computes in the precision that weights are stored in; 8-bit weights would be unpacked at every step. */
export function onGpu({ half }: { half: boolean }): ProviderOptions {
  return { provider: "webgpu", precisions: half ? ["fp16", "fp32"] : ["fp32"] };
}

type In<Phase extends EngineState["phase"]> = Extract<EngineState, { phase: Phase }>;

const START_WASM: Effect = { kind: "start", options: ON_WASM, showProgress: true };

/** The first state, with the first effect. */
export function initialStep(settings: Settings): Step {
  const { choice, measurement } = settings;
  const common = {
    settings,
    files: {},
    reasons: { wasm: "", webgpu: choice === "wasm" ? "you chose WebAssembly" : "" },
  };
  if (choice === "webgpu" || (choice === "auto" && measurement?.faster === "webgpu")) {
    return { state: { ...common, phase: "findingAdapter" }, effects: [{ kind: "findAdapter" }] };
  }
  const thenTryGpu = choice === "auto";
  return { state: { ...common, phase: "startingWasm", thenTryGpu }, effects: [START_WASM] };
}

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
      return event.kind === "startFailed" ? fail(state, event.error) : stay(state);
    case "checkingAdapter":
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
      // The next call that fails tries again.
      return event.kind === "startFailed" ? stayOnGpu(state) : stay(state);
    case "onWasm":
    case "failed":
      return stay(state);
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

const RETIRE_GPU: Effect = { kind: "retire", provider: "webgpu" };

const stay = (state: EngineState): Step => ({ state, effects: [] });

const triedBut = ({ error }: { error: Error }) => `tried, but ${error.message}`;

/** What a measurement is stored by: browsers compute no version on pages that came over plain HTTP. */
const bundleOf = ({ version, name }: ModelInfo) => version ?? name;

function reportOn(state: EngineState, model: ModelInfo): Effect {
  const of = (provider: Provider) => ({
    used: model.provider === provider,
    text: state.reasons[provider],
  });
  const report: Report = { wasm: of("wasm"), webgpu: of("webgpu") };
  return { kind: "report", model, report };
}

function startFirst(state: In<"findingAdapter">, adapter: Adapter): Step {
  const { choice, measurement } = state.settings;
  if (!adapter.found) return fallBack(state, adapter.reason);
  if (choice === "auto" && measurement?.adapter !== adapter.name) {
    return fallBack(state, `${adapter.name} is new here and will be tried at the next visit`, [
      { kind: "storeMeasurement", measurement: undefined },
    ]);
  }
  return {
    state: { ...state, phase: "startingGpu" },
    effects: [{ kind: "start", options: onGpu(adapter), showProgress: true }],
  };
}

/** WebAssembly after all. */
function fallBack(
  state: In<"findingAdapter" | "startingGpu">,
  reason: string,
  before: readonly Effect[] = [],
): Step {
  return {
    state: {
      ...state,
      phase: "startingWasm",
      thenTryGpu: false,
      reasons: { ...state.reasons, webgpu: reason },
    },
    effects: [...before, START_WASM],
  };
}

function serveGpu(state: In<"startingGpu">, model: ModelInfo): Step {
  const { choice, measurement } = state.settings;
  const wasm = choice === "webgpu" ? "you chose WebGPU" : (measurement?.reason ?? "");
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

function serveWasm({ thenTryGpu, ...state }: In<"startingWasm">, model: ModelInfo): Step {
  const next: EngineState = { ...state, phase: thenTryGpu ? "checkingAdapter" : "onWasm", model };
  const effects: Effect[] = [{ kind: "ready" }, reportOn(next, model)];
  if (thenTryGpu) effects.push({ kind: "findAdapter" });
  return { state: next, effects };
}

function fail({ settings, files, reasons }: In<"startingWasm">, error: Error): Step {
  return {
    state: { phase: "failed", settings, files, reasons, error },
    effects: [{ kind: "fail", error }],
  };
}

function tryGpu(state: In<"checkingAdapter">, adapter: Adapter): Step {
  if (!adapter.found) return stayOnWasm(state, adapter.reason);
  const reason = reasonNotToTry(state, adapter.name, adapter.software);
  if (reason !== undefined) return stayOnWasm(state, reason);
  const next: EngineState = {
    ...state,
    phase: "tryingGpu",
    adapter,
    reasons: { ...state.reasons, webgpu: "being tried" },
  };
  return {
    state: next,
    effects: [
      reportOn(next, state.model),
      { kind: "start", options: onGpu(adapter), showProgress: false },
    ],
  };
}

function reasonNotToTry(
  { settings, model }: In<"checkingAdapter">,
  adapter: string,
  software: boolean,
): string | undefined {
  const { measurement, savesData } = settings;
  if (software) return `${adapter} is software rendering on the CPU`;
  if (savesData) return "not tried, because this browser is set to save data";
  const known = measurement?.bundle === bundleOf(model) && measurement.adapter === adapter;
  return known ? measurement.reason : undefined;
}

function stayOnWasm(
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

function measureGpu(state: In<"tryingGpu">, gpu: ModelInfo): Step {
  return {
    state: { ...state, phase: "measuring", gpu, gpuMs: undefined },
    effects: [{ kind: "measure", provider: "webgpu" }],
  };
}

function measured(state: In<"measuring">, ms: number): Step {
  if (state.gpuMs === undefined) {
    return {
      state: { ...state, gpuMs: ms },
      effects: [{ kind: "measure", provider: "wasm" }],
    };
  }
  const { model, gpu, gpuMs, adapter } = state;
  const reason = `a prediction takes ${ms.toFixed(1)} ms by WebAssembly, ${gpuMs.toFixed(1)} ms by WebGPU`;
  const faster: Provider = gpuMs <= WORTHWHILE * ms ? "webgpu" : "wasm";
  const measurement: Measurement = {
    bundle: bundleOf(model),
    adapter: adapter.name,
    faster,
    reason,
  };
  const store: Effect = { kind: "storeMeasurement", measurement };
  if (faster === "wasm") return stayOnWasm(state, reason, [store, RETIRE_GPU]);
  return startTakeOver({ ...state, reasons: { wasm: reason, webgpu: "" } }, gpu, [store]);
}

function startTakeOver(
  { settings, files, reasons, model }: In<"measuring" | "leavingGpu">,
  next: ModelInfo,
  before: readonly Effect[],
): Step {
  return {
    state: { phase: "takingOver", settings, files, reasons, model, next, handed: files },
    effects: [...before, { kind: "handFiles", provider: next.provider, files }],
  };
}

function takeOver(state: In<"takingOver">): Step {
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

function leaveGpu(state: In<"onGpu">, { message }: Error): Step {
  return {
    state: { ...state, phase: "leavingGpu", reason: message },
    effects: [{ kind: "start", options: ON_WASM, showProgress: false }],
  };
}

function stayOnGpu({ settings, files, reasons, model }: In<"leavingGpu">): Step {
  return stay({ phase: "onGpu", settings, files, reasons, model });
}

function replaceGpu(state: In<"leavingGpu">, wasm: ModelInfo): Step {
  const reasons = { wasm: "", webgpu: `it failed (${state.reason})` };
  const forget: Effect[] =
    // The next visit measures again.
    state.settings.choice === "auto" ? [{ kind: "storeMeasurement", measurement: undefined }] : [];
  return startTakeOver({ ...state, reasons }, wasm, forget);
}
