/** The engine's state machine as a table: in each phase, what an event leads to and which effects it has. */

import type {
  Adapter,
  Effect,
  EngineEvent,
  EngineState,
} from "../../../../web/page/engine/state.ts";
import { WORTHWHILE } from "../../../../web/page/engine/trial.ts";
import type { ModelInfo } from "../../../../web/worker/protocol.ts";
import {
  ADAPTER,
  ERROR,
  EVENTS,
  FILES,
  failure,
  GPU,
  handFiles,
  MEASUREMENT,
  MISSING,
  modelOn,
  OTHER_FILES,
  READY,
  REMOVED,
  RETIRE_GPU,
  RETIRE_WASM,
  report,
  STATES,
  settings,
  startGpu,
  startWasm,
  store,
  TIMES,
  UNVERSIONED,
  WASM,
} from "./samples.ts";

const SLOWER = "a prediction takes 10.0 ms by WebAssembly, 9.1 ms by WebGPU";
const FASTER = "a prediction takes 10.0 ms by WebAssembly, 9.0 ms by WebGPU";

const ONE_THREAD = { settings: settings({ threads: 1 }) } as const;
const SILENT = failure("silent");

export interface Edge {
  readonly name: string;
  readonly from: EngineState;
  readonly event: EngineEvent;
  /** The state's fields that change, and the phase. */
  readonly to: Partial<EngineState> & Pick<EngineState, "phase">;
  readonly effects: readonly Effect[];
}

export const from = STATES;
export const remembered = { measurement: MEASUREMENT } as const;
const adapterEvent = (adapter: Adapter): EngineEvent => ({ kind: "adapter", adapter });
export const started = (model: ModelInfo): EngineEvent => ({ kind: "started", model });
const measured = (ms: number): EngineEvent => ({ kind: "measured", ms });
const measuredGpu = (gpuMs: number): EngineState => ({ ...from.measuring, gpuMs });

export const EDGES: readonly Edge[] = [
  {
    name: "chosen, but no adapter: WebAssembly, and WebGPU is not tried again",
    from: from.findingAdapter,
    event: adapterEvent(MISSING),
    to: {
      phase: "startingWasm",
      thenTryGpu: false,
      threadsFailed: false,
      reasons: { wasm: "", webgpu: MISSING.reason },
    },
    effects: [startWasm(true)],
  },
  {
    name: "chosen, and there is an adapter: WebGPU first",
    from: from.findingAdapter,
    event: adapterEvent(ADAPTER),
    to: { phase: "startingGpu" },
    effects: [startGpu(true)],
  },
  {
    name: "chosen, even on a software adapter, without half precision",
    from: from.findingAdapter,
    event: adapterEvent({ ...ADAPTER, software: true, half: false }),
    to: { phase: "startingGpu" },
    effects: [startGpu(true, false)],
  },
  {
    name: "measured to be faster on this adapter: WebGPU first",
    from: { ...from.findingAdapter, settings: settings(remembered) },
    event: adapterEvent(ADAPTER),
    to: { phase: "startingGpu" },
    effects: [startGpu(true)],
  },
  {
    name: "measured to be faster on another adapter: WebAssembly, and the measurement is dropped",
    from: { ...from.findingAdapter, settings: settings(remembered) },
    event: adapterEvent({ ...ADAPTER, name: "other gpu" }),
    to: {
      phase: "startingWasm",
      thenTryGpu: false,
      threadsFailed: false,
      reasons: { wasm: "", webgpu: "other gpu is new here and will be tried at the next visit" },
    },
    effects: [store(undefined), startWasm(true)],
  },
  {
    name: "chosen WebGPU answers first",
    from: from.startingGpu,
    event: started(GPU),
    to: { phase: "onGpu", model: GPU, reasons: { wasm: "you chose WebGPU", webgpu: "" } },
    effects: [READY, report(GPU, "you chose WebGPU", "")],
  },
  {
    name: "WebGPU, measured to be faster with this bundle, answers first",
    from: { ...from.startingGpu, settings: settings(remembered) },
    event: started(GPU),
    to: { phase: "onGpu", model: GPU, reasons: { wasm: TIMES, webgpu: "" } },
    effects: [READY, report(GPU, TIMES, "")],
  },
  {
    name: "WebGPU was faster with another bundle: it answers, and the next visit measures again",
    from: { ...from.startingGpu, settings: settings(remembered) },
    event: started(modelOn("webgpu", "v2")),
    to: {
      phase: "onGpu",
      model: modelOn("webgpu", "v2"),
      reasons: { wasm: TIMES, webgpu: "" },
    },
    effects: [store(undefined), READY, report(modelOn("webgpu", "v2"), TIMES, "")],
  },
  {
    name: "WebGPU cannot start: WebAssembly",
    from: from.startingGpu,
    event: EVENTS.startFailed,
    to: {
      phase: "startingWasm",
      thenTryGpu: false,
      threadsFailed: false,
      reasons: { wasm: "", webgpu: "tried, but the network failed" },
    },
    effects: [startWasm(true)],
  },
  {
    name: "WebAssembly answers first; WebGPU is looked for beside it",
    from: from.startingWasm,
    event: started(WASM),
    to: { phase: "checkingAdapter", model: WASM },
    effects: [READY, report(WASM, "", ""), { kind: "findAdapter" }],
  },
  {
    name: "WebAssembly answers, and nothing else is tried",
    from: { ...from.startingWasm, thenTryGpu: false },
    event: started(WASM),
    to: { phase: "onWasm", model: WASM },
    effects: [READY, report(WASM, "", "")],
  },
  {
    name: "WebAssembly cannot start: the page fails",
    from: from.startingWasm,
    event: EVENTS.startFailed,
    to: { phase: "failed", error: ERROR },
    effects: [{ kind: "fail", error: ERROR }],
  },
  ...(["silent", "memory", "stopped"] as const).map(
    (fault): Edge => ({
      name: `WebAssembly with threads fails (${fault}): once more with one`,
      from: from.startingWasm,
      event: { kind: "startFailed", error: failure(fault) },
      to: { phase: "startingWasm", settings: settings({ threads: 1 }), threadsFailed: true },
      effects: [startWasm(true, 1)],
    }),
  ),
  ...(["download", "unsupported"] as const).map((fault): Edge => {
    const error = failure(fault);
    return {
      name: `WebAssembly with threads fails, not by their fault (${fault}): the page fails`,
      from: from.startingWasm,
      event: { kind: "startFailed", error },
      to: { phase: "failed", error },
      effects: [{ kind: "fail", error }],
    };
  }),
  {
    name: "WebAssembly with one thread is silent, too: the page fails, and nothing is stored",
    from: { ...from.startingWasm, ...ONE_THREAD, threadsFailed: true },
    event: { kind: "startFailed", error: SILENT },
    to: { phase: "failed", error: SILENT },
    effects: [{ kind: "fail", error: SILENT }],
  },
  {
    name: "WebAssembly answers with one thread where it failed with more: that is stored",
    from: { ...from.startingWasm, ...ONE_THREAD, threadsFailed: true, thenTryGpu: false },
    event: started(WASM),
    to: { phase: "onWasm", model: WASM },
    effects: [{ kind: "storeOneThread" }, READY, report(WASM, "", "")],
  },
  ...(["onWasm", "checkingAdapter"] as const).map(
    (phase): Edge => ({
      name: "WebAssembly fails later: the page fails",
      from: from[phase],
      event: EVENTS.wasmFailed,
      to: { phase: "failed", error: ERROR },
      effects: [{ kind: "fail", error: ERROR }],
    }),
  ),
  {
    name: "the user tries again: as at the start, with the files given",
    from: from.failed,
    event: EVENTS.retry,
    to: { phase: "startingWasm", thenTryGpu: true, threadsFailed: false },
    effects: [startWasm(true)],
  },
  ...(
    [
      ["no adapter", {}, MISSING, MISSING.reason],
      [
        "a software adapter",
        {},
        { ...ADAPTER, software: true },
        "acme gpu is software rendering on the CPU",
      ],
      [
        "save-data",
        { savesData: true },
        ADAPTER,
        "not tried, because this browser is set to save data",
      ],
      [
        "measured to be slower with this bundle on this adapter",
        { measurement: { ...MEASUREMENT, faster: "wasm" } },
        ADAPTER,
        TIMES,
      ],
    ] as const
  ).map(
    ([name, changes, adapter, reason]): Edge => ({
      name: `${name}: WebGPU is not tried`,
      from: { ...from.checkingAdapter, settings: settings(changes) },
      event: adapterEvent(adapter),
      to: { phase: "onWasm", reasons: { wasm: "", webgpu: reason } },
      effects: [report(WASM, "", reason)],
    }),
  ),
  ...(
    [
      ["never measured", undefined],
      ["measured with another bundle", { ...MEASUREMENT, faster: "wasm", bundle: "v0" }],
      ["measured on another adapter", { ...MEASUREMENT, faster: "wasm", adapter: "other gpu" }],
    ] as const
  ).map(
    ([name, measurement]): Edge => ({
      name: `${name}: WebGPU is tried beside WebAssembly`,
      from: { ...from.checkingAdapter, settings: settings({ measurement }) },
      event: adapterEvent(ADAPTER),
      to: {
        phase: "tryingGpu",
        adapter: ADAPTER,
        reasons: { wasm: "", webgpu: "being tried" },
      },
      effects: [report(WASM, "", "being tried"), startGpu(false)],
    }),
  ),
  {
    name: "the tried WebGPU starts, its answers compared: it is measured first",
    from: from.tryingGpu,
    event: started(GPU),
    to: { phase: "measuring", adapter: ADAPTER, gpu: GPU, gpuMs: undefined },
    effects: [{ kind: "measure", provider: "webgpu" }],
  },
  {
    name: "the tried WebGPU cannot start, or answers wrongly: nothing is stored",
    from: from.tryingGpu,
    event: EVENTS.startFailed,
    to: { phase: "onWasm", reasons: { wasm: "", webgpu: "tried, but the network failed" } },
    effects: [report(WASM, "", "tried, but the network failed")],
  },
  {
    name: "WebGPU is measured: WebAssembly is next",
    from: from.measuring,
    event: measured(9),
    to: { phase: "measuring", gpuMs: 9 },
    effects: [{ kind: "measure", provider: "wasm" }],
  },
  {
    name: "a measurement fails: WebGPU goes, and nothing is stored",
    from: measuredGpu(9),
    event: EVENTS.measureFailed,
    to: { phase: "onWasm", reasons: { wasm: "", webgpu: "tried, but the network failed" } },
    effects: [RETIRE_GPU, report(WASM, "", "tried, but the network failed")],
  },
  {
    name: "WebGPU is not worth its download: it goes, and that is stored",
    from: measuredGpu(9.1),
    event: measured(10),
    to: { phase: "onWasm", reasons: { wasm: "", webgpu: SLOWER } },
    effects: [
      store({ bundle: "v1", adapter: "acme gpu", faster: "wasm", wasmMs: 10, gpuMs: 9.1 }),
      RETIRE_GPU,
      report(WASM, "", SLOWER),
    ],
  },
  {
    name: "WebGPU is just fast enough: it is stored, and gets the poster first",
    from: measuredGpu(10 * WORTHWHILE),
    event: measured(10),
    to: {
      phase: "takingOver",
      next: GPU,
      handed: FILES,
      reasons: { wasm: FASTER, webgpu: "" },
    },
    effects: [
      store({
        bundle: "v1",
        adapter: "acme gpu",
        faster: "webgpu",
        wasmMs: 10,
        gpuMs: 10 * WORTHWHILE,
      }),
      handFiles("webgpu"),
    ],
  },
  {
    name: "a bundle without a version is stored by its name",
    from: { ...from.measuring, gpuMs: 1, model: UNVERSIONED },
    event: measured(1),
    to: {
      phase: "onWasm",
      model: UNVERSIONED,
      reasons: { wasm: "", webgpu: "a prediction takes 1.0 ms by WebAssembly, 1.0 ms by WebGPU" },
    },
    effects: [
      store({
        bundle: "tiny",
        adapter: "acme gpu",
        faster: "wasm",
        wasmMs: 1,
        gpuMs: 1,
      }),
      RETIRE_GPU,
      report(UNVERSIONED, "", "a prediction takes 1.0 ms by WebAssembly, 1.0 ms by WebGPU"),
    ],
  },
  {
    name: "WebGPU has the poster: it answers, WebAssembly goes",
    from: from.takingOver,
    event: EVENTS.filesHanded,
    to: { phase: "onGpu", model: GPU },
    effects: [RETIRE_WASM, report(GPU, "", "")],
  },
  {
    name: "WebGPU has a poster that was replaced meanwhile: it gets the new one first",
    from: { ...from.takingOver, files: OTHER_FILES },
    event: EVENTS.filesHanded,
    to: { phase: "takingOver", handed: OTHER_FILES },
    effects: [handFiles("webgpu", OTHER_FILES)],
  },
  {
    name: "WebGPU has a poster that was removed meanwhile: it gets to know that first",
    from: { ...from.takingOver, files: REMOVED },
    event: EVENTS.filesHanded,
    to: { phase: "takingOver", handed: REMOVED },
    effects: [handFiles("webgpu", REMOVED)],
  },
  {
    name: "WebGPU is lost: WebAssembly is started in its place",
    from: from.onGpu,
    event: EVENTS.gpuFailed,
    to: { phase: "leavingGpu", reason: "the network failed" },
    effects: [startWasm(false)],
  },
  {
    name: "WebAssembly is there for the lost WebGPU: it gets the poster, and the next visit measures",
    from: from.leavingGpu,
    event: started(WASM),
    to: {
      phase: "takingOver",
      next: WASM,
      handed: FILES,
      reasons: { wasm: "", webgpu: "it failed (device lost)" },
    },
    effects: [store(undefined), handFiles("wasm")],
  },
  {
    name: "WebAssembly is there for a WebGPU that was chosen: there is no measurement to drop",
    from: { ...from.leavingGpu, settings: settings({ choice: "webgpu" }) },
    event: started(WASM),
    to: {
      phase: "takingOver",
      next: WASM,
      handed: FILES,
      reasons: { wasm: "", webgpu: "it failed (device lost)" },
    },
    effects: [handFiles("wasm")],
  },
  {
    name: "WebAssembly with threads hangs in place of the lost WebGPU: once more with one",
    from: from.leavingGpu,
    event: { kind: "startFailed", error: SILENT },
    to: { phase: "leavingGpu", settings: settings({ threads: 1 }) },
    effects: [startWasm(false, 1)],
  },
  {
    name: "WebAssembly cannot start for the lost WebGPU: the next failing call tries again",
    from: from.leavingGpu,
    event: EVENTS.startFailed,
    to: { phase: "onGpu" },
    effects: [],
  },
  {
    name: "WebAssembly has the poster: it answers, the lost WebGPU goes",
    from: { ...from.takingOver, model: GPU, next: WASM },
    event: EVENTS.filesHanded,
    to: { phase: "onWasm", model: WASM },
    effects: [RETIRE_GPU, report(WASM, "", "")],
  },
];
