/** "How it runs": which provider computes and why the other does not, the model's file, and how it was verified. */

import type { ModelInfo, Provider } from "../worker/protocol.ts";
import { availableThreads } from "../worker/threads.ts";
import { byId, create } from "./dom.ts";
import { readChoice, storeChoice } from "./engine/choice.ts";
import type { ComputeChoice, Report } from "./engine/state.ts";
import { roundedUp } from "./roundedUp.ts";

const NAMES: Readonly<Record<Provider, string>> = { wasm: "WebAssembly", webgpu: "WebGPU" };
const PRECISIONS = {
  fp32: "single precision",
  fp16: "half precision",
  q8: "8-bit weights",
} as const;

export function startRuns(): void {
  const select = byId<HTMLSelectElement>("provider");
  select.value = readChoice();
  select.addEventListener("change", () => {
    storeChoice(select.value as ComputeChoice);
    location.reload();
  });
}

export function showRuns(model: ModelInfo, report: Report): void {
  const other: Provider = model.provider === "wasm" ? "webgpu" : "wasm";
  const rows: [string, string][] = [
    ["Computes with", describeProvider(model)],
    [`Why not ${NAMES[other]}`, report[other].text || "not needed"],
    [
      "Model",
      `${model.name}${model.version ? `, version ${model.version}` : ""}; ${PRECISIONS[model.precision]}, ${(model.graphBytes / 1e6).toFixed(1)} MB ${model.source === "cache" ? "stored in this browser" : "downloaded"}`,
    ],
    [
      "Integrity",
      model.verified === "sha256"
        ? "Model file verified (SHA-256)"
        : "Only the model file's size was checked: browsers compute checksums on secure pages (https) only",
    ],
  ];
  byId("runs").replaceChildren(
    ...rows.map(([name, value]) =>
      create("div", {}, create("dt", {}, name), create("dd", {}, value)),
    ),
  );
}

function describeProvider({ provider, threads, difference }: ModelInfo): string {
  const accuracy =
    difference === undefined ? "" : `, within ${roundedUp(difference)} of WebAssembly's answers`;
  if (provider === "webgpu") return `WebGPU${accuracy}`;
  if (threads > 1) return `WebAssembly, ${threads} threads`;
  if (!self.crossOriginIsolated) {
    return "WebAssembly, 1 thread (more threads need a cross-origin isolated page)";
  }
  return availableThreads() > 1
    ? "WebAssembly, 1 thread (more did not start in this browser)"
    : "WebAssembly, 1 thread";
}
