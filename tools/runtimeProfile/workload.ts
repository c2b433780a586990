/** What is run for the profile: graphs as JSON, which a worker of the browser reads. */

/** Files of onnxruntime-web's folder. */
export const FILES = {
  api: "ort.wasm.min.mjs",
  loader: "ort-wasm-simd-threaded.mjs",
  wasm: "ort-wasm-simd-threaded.wasm",
} as const;

export interface Input {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: readonly number[];
}

export interface Workload {
  readonly name: string;
  /** ONNX, in base64. */
  readonly graph: string;
  /** Inputs by their names, for each run. */
  readonly runs: readonly Readonly<Record<string, Input>>[];
}

export interface Measured {
  /** Numbers of the functions that were called, counted from the first that the module defines. */
  readonly numbers: readonly number[];
  /** Graphs that did not run, and why. */
  readonly failed: readonly string[];
}
