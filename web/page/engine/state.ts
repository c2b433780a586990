/** What the engine is doing, what can happen to it, and what it has done about it: plain data, without a browser. */

import type { ModelInfo, Provider, ProviderOptions } from "../../worker/protocol.ts";
import type { RuntimeFault } from "../../worker/runtimeFailure.ts";

/** What the user wants to compute with; `auto`: whichever is faster. */
export type ComputeChoice = "auto" | Provider;

/** Which provider was faster on this device, for one bundle and one graphics adapter. */
export interface Measurement {
  /** The bundle's version, or its name where the version is unknown. */
  readonly bundle: string;
  readonly adapter: string;
  readonly faster: Provider;
  /** Milliseconds of one prediction, by WebAssembly and by WebGPU. */
  readonly wasmMs: number;
  readonly gpuMs: number;
}

/** This browser's WebGPU adapter. */
export type Adapter =
  | {
      readonly found: true;
      /** Names the adapter, so that a measurement made on it holds for no other. */
      readonly name: string;
      /** Whether it computes in half precision. */
      readonly half: boolean;
      /** Whether it is software that emulates a GPU on the CPU. */
      readonly software: boolean;
    }
  | { readonly found: false; readonly reason: string };

type FoundAdapter = Extract<Adapter, { found: true }>;

/** What is known before anything is started. */
export interface Settings {
  readonly choice: ComputeChoice;
  /** From an earlier visit. */
  readonly measurement: Measurement | undefined;
  /** Whether the browser is set to save data. */
  readonly savesData: boolean;
  /** That the runtime may use; 1 where more did not start in this browser. */
  readonly threads: number;
}

/** Why a provider cannot start, or go on. */
export type Failure = Error & { readonly fault?: RuntimeFault | undefined };

/** By input; undefined where a file was removed. Replaced with every change. */
export type Files = Readonly<Record<string, Blob | undefined>>;

/** In every phase. */
interface Common {
  readonly settings: Settings;
  /** The files that the user gave last, by input; a provider that takes over needs them. */
  readonly files: Files;
  /** By provider: why it is not used, or what became of it. */
  readonly reasons: Readonly<Record<Provider, string>>;
}

/** `model` answers calls; before there is one, calls cannot be made. */
export type EngineState = Common &
  (
    | { readonly phase: "findingAdapter" }
    | { readonly phase: "startingGpu" }
    | {
        readonly phase: "startingWasm";
        readonly thenTryGpu: boolean;
        /** Whether it failed with more threads just before. */
        readonly threadsFailed: boolean;
      }
    /** Until the user tries again. */
    | { readonly phase: "failed"; readonly error: Failure }
    /** WebAssembly answers, and nothing else is going on. */
    | { readonly phase: "onWasm"; readonly model: ModelInfo }
    /** WebAssembly answers while an adapter is looked for, */
    | { readonly phase: "checkingAdapter"; readonly model: ModelInfo }
    /** WebGPU starts beside it, */
    | { readonly phase: "tryingGpu"; readonly model: ModelInfo; readonly adapter: FoundAdapter }
    /** and the two are measured, WebGPU first. */
    | {
        readonly phase: "measuring";
        readonly model: ModelInfo;
        readonly adapter: FoundAdapter;
        readonly gpu: ModelInfo;
        /** Milliseconds of one prediction; undefined until measured. */
        readonly gpuMs: number | undefined;
      }
    /** `next` gets the files and then answers in place of `model`; `handed` are the files it was given last. */
    | {
        readonly phase: "takingOver";
        readonly model: ModelInfo;
        readonly next: ModelInfo;
        readonly handed: Files;
      }
    | { readonly phase: "onGpu"; readonly model: ModelInfo }
    /** WebGPU failed with `reason`; WebAssembly is being started in its place. */
    | { readonly phase: "leavingGpu"; readonly model: ModelInfo; readonly reason: string }
  );

export type EngineEvent =
  | { readonly kind: "adapter"; readonly adapter: Adapter }
  /** A provider's worker is ready, or cannot be. */
  | { readonly kind: "started"; readonly model: ModelInfo }
  | { readonly kind: "startFailed"; readonly error: Failure }
  /** Median milliseconds of one prediction. */
  | { readonly kind: "measured"; readonly ms: number }
  | { readonly kind: "measureFailed"; readonly error: Error }
  | { readonly kind: "fileGiven"; readonly input: string; readonly file: Blob | undefined }
  /** The next provider has taken the files, or refused them, as the one before it did. */
  | { readonly kind: "filesHanded" }
  /** A call failed because of WebGPU, whose device may be lost at any moment, */
  | { readonly kind: "gpuFailed"; readonly error: Error }
  /** or because of WebAssembly, which may run out of memory. */
  | { readonly kind: "wasmFailed"; readonly error: Failure }
  /** The user tries again. */
  | { readonly kind: "retry" };

/** What became of each provider. */
export type Report = Readonly<Record<Provider, { readonly used: boolean; readonly text: string }>>;

/** What the driver has to do; what comes of it comes back as an event. */
export type Effect =
  | { readonly kind: "findAdapter" }
  /** @param showProgress Whether the page waits for it. */
  | { readonly kind: "start"; readonly options: ProviderOptions; readonly showProgress: boolean }
  | { readonly kind: "measure"; readonly provider: Provider }
  | {
      readonly kind: "handFiles";
      readonly provider: Provider;
      readonly files: Files;
    }
  /** The first provider answers, at the start or after a failure: the page may make calls. */
  | { readonly kind: "ready" }
  /** End the provider's worker once its calls are answered. */
  | { readonly kind: "retire"; readonly provider: Provider }
  /** Keep for the next visit; undefined: measure again then. */
  | { readonly kind: "storeMeasurement"; readonly measurement: Measurement | undefined }
  /** Start with one thread at the next visit, too. */
  | { readonly kind: "storeOneThread" }
  | { readonly kind: "report"; readonly model: ModelInfo; readonly report: Report }
  /** No provider can run the model, until the user tries again. */
  | { readonly kind: "fail"; readonly error: Failure };

export interface Step {
  readonly state: EngineState;
  /** In the order in which they are to be run. */
  readonly effects: readonly Effect[];
}
