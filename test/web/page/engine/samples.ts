/** States, events and effects for tests of the engine: one of each kind. */

import { onGpu, onWasm } from "../../../../web/page/engine/options.ts";
import type {
  Effect,
  EngineEvent,
  EngineState,
  Failure,
  Files,
  Measurement,
  Settings,
} from "../../../../web/page/engine/state.ts";
import { loadStrings } from "../../../../web/strings/load.ts";
import type { ModelInfo, Provider } from "../../../../web/worker/protocol.ts";
import type { RuntimeFault } from "../../../../web/worker/runtimeFailure.ts";

await loadStrings("en");

export const modelOn = (provider: Provider, version = "v1") =>
  ({ name: "tiny", version, provider }) as ModelInfo;
export const WASM = modelOn("wasm");
export const UNVERSIONED: ModelInfo = { ...WASM, version: undefined };
export const GPU = modelOn("webgpu");
export const ADAPTER = { found: true, name: "acme gpu", half: true, software: false } as const;
export const MISSING = { found: false, reason: "no graphics adapter was found" } as const;
export const MEASUREMENT: Measurement = {
  bundle: "v1",
  adapter: "acme gpu",
  faster: "webgpu",
  wasmMs: 10,
  gpuMs: 5,
};
export const TIMES = "a prediction takes 10.0 ms by WebAssembly, 5.0 ms by WebGPU";
export const ERROR = new Error("the network failed");
export const failure = (fault: RuntimeFault): Failure =>
  Object.assign(new Error("the runtime failed"), { fault });
/** A name of their own, since deepEqual takes all blobs for equal. */
const POSTER = Object.assign(new Blob([]), { name: "a" });
const OTHER_POSTER = Object.assign(new Blob([]), { name: "b" });
export const FILES = { poster: POSTER } as const;
export const OTHER_FILES = { poster: OTHER_POSTER } as const;
export const REMOVED = { poster: undefined } as const;

export const AUTO: Settings = {
  choice: "auto",
  measurement: undefined,
  savesData: false,
  threads: 4,
};
export const settings = (changes: Partial<Settings>): Settings => ({ ...AUTO, ...changes });

export function common(changes: Partial<Settings> = {}) {
  return {
    settings: settings(changes),
    files: FILES,
    reasons: { wasm: "", webgpu: "" },
  } as const;
}

/** One state of each phase. */
export const STATES = {
  findingAdapter: { ...common({ choice: "webgpu" }), phase: "findingAdapter" },
  startingGpu: { ...common({ choice: "webgpu" }), phase: "startingGpu" },
  startingWasm: { ...common(), phase: "startingWasm", thenTryGpu: true, threadsFailed: false },
  failed: { ...common(), phase: "failed", error: ERROR },
  onWasm: { ...common(), phase: "onWasm", model: WASM },
  checkingAdapter: { ...common(), phase: "checkingAdapter", model: WASM },
  tryingGpu: { ...common(), phase: "tryingGpu", model: WASM, adapter: ADAPTER },
  measuring: {
    ...common(),
    phase: "measuring",
    model: WASM,
    adapter: ADAPTER,
    gpu: GPU,
    gpuMs: undefined,
  },
  takingOver: { ...common(), phase: "takingOver", model: WASM, next: GPU, handed: FILES },
  onGpu: { ...common(), phase: "onGpu", model: GPU },
  leavingGpu: { ...common(), phase: "leavingGpu", model: GPU, reason: "device lost" },
} as const satisfies { [Phase in EngineState["phase"]]: Extract<EngineState, { phase: Phase }> };

/** One event of each kind. */
export const EVENTS: {
  readonly [Kind in EngineEvent["kind"]]: Extract<EngineEvent, { kind: Kind }>;
} = {
  adapter: { kind: "adapter", adapter: ADAPTER },
  started: { kind: "started", model: WASM },
  startFailed: { kind: "startFailed", error: ERROR },
  measured: { kind: "measured", ms: 10 },
  measureFailed: { kind: "measureFailed", error: ERROR },
  fileGiven: { kind: "fileGiven", input: "poster", file: OTHER_POSTER },
  filesHanded: { kind: "filesHanded" },
  gpuFailed: { kind: "gpuFailed", error: ERROR },
  wasmFailed: { kind: "wasmFailed", error: ERROR },
  retry: { kind: "retry" },
};

export const startWasm = (showProgress: boolean, threads = AUTO.threads): Effect => ({
  kind: "start",
  options: onWasm({ threads }),
  showProgress,
});
export const startGpu = (showProgress: boolean, half = true): Effect => ({
  kind: "start",
  options: onGpu({ half }, AUTO),
  showProgress,
});
export const store = (measurement: Measurement | undefined): Effect => ({
  kind: "storeMeasurement",
  measurement,
});
export const RETIRE_GPU: Effect = { kind: "retire", provider: "webgpu" };
export const RETIRE_WASM: Effect = { kind: "retire", provider: "wasm" };
export const READY: Effect = { kind: "ready" };
export const handFiles = (provider: Provider, files: Files = FILES): Effect => ({
  kind: "handFiles",
  provider,
  files,
});
export function report(model: ModelInfo, wasm: string, webgpu: string): Effect {
  const of = (provider: Provider, text: string) => ({ used: model.provider === provider, text });
  return {
    kind: "report",
    model,
    report: { wasm: of("wasm", wasm), webgpu: of("webgpu", webgpu) },
  };
}
