/** Loading the model, and how it runs. */

import { formatsOf } from "../formats.ts";

const { number } = formatsOf("en");

export const engine = {
  loading: "Loading the model",
  loadingParts: {
    manifest: "Downloading the model's description",
    graph: "Downloading the model",
    runtime: "Getting ready to compute",
  },
  testing: "Testing the model",
  retry: "Try again",
  reload: "Reload the page",

  computesWith: "Computes with",
  whyNot: (provider: string) => `Why not ${provider}`,
  notNeeded: "not needed",
  model: "Model",
  modelVersion: (name: string, version: string) => `${name}, version ${version}`,
  precisions: { fp32: "single precision", fp16: "half precision", q8: "8-bit weights" },
  downloaded: (megabytes: number) => `${number(megabytes, 1)} MB downloaded`,
  storedHere: (megabytes: number) => `${number(megabytes, 1)} MB stored in this browser`,
  integrity: "Integrity",
  verified: "Model file verified (SHA-256)",
  sizeChecked:
    "Only the model file's size was checked: browsers compute checksums on secure pages (https) only",
  within: (difference: string) => `WebGPU, within ${difference} of WebAssembly's answers`,
  threads: (threads: number) => `WebAssembly, ${threads} threads`,
  oneThread: "WebAssembly, 1 thread",
  notIsolated: "WebAssembly, 1 thread (more threads need a cross-origin isolated page)",
  didNotStart: "WebAssembly, 1 thread (more did not start in this browser)",

  /** Why a provider is not used. */
  youChose: (provider: string) => `you chose ${provider}`,
  newAdapter: (adapter: string) =>
    `${adapter || "an unnamed adapter"} is new here and will be tried at the next visit`,
  beingTried: "being tried",
  software: (adapter: string) =>
    `${adapter || "an unnamed adapter"} is software rendering on the CPU`,
  savesData: "not tried, because this browser is set to save data",
  times: (wasm: number, webgpu: number) =>
    `a prediction takes ${number(wasm, 1)} ms by WebAssembly, ${number(webgpu, 1)} ms by WebGPU`,
  failed: (reason: string) => `it failed (${reason})`,
  triedBut: (reason: string) => `tried, but ${reason}`,
  notSupported: "this browser does not support it",
  needsHttps: "browsers offer it on secure pages (https) only",
  noAnswer: "the browser did not answer",
  noAdapter: "no graphics adapter was found",
  refused: (reason: string) => `the browser refused it (${reason})`,
};
