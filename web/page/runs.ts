/** "How it runs": which provider computes and why the other does not, the model's file, and how it was verified. */

import { strings } from "../strings/strings.ts";
import type { ModelInfo, Provider } from "../worker/protocol.ts";
import { availableThreads } from "../worker/threads.ts";
import { byId, create } from "./dom.ts";
import { readChoice, storeChoice } from "./engine/choice.ts";
import type { ComputeChoice, Report } from "./engine/state.ts";
import { roundedUp } from "./roundedUp.ts";

const NAMES: Readonly<Record<Provider, string>> = { wasm: "WebAssembly", webgpu: "WebGPU" };
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
  const texts = strings.engine;
  const { name, version, precision } = model;
  const megabytes = model.graphBytes / 1e6;
  const file = [
    version ? texts.modelVersion(name, version) : name,
    `${texts.precisions[precision]}, ${model.source === "cache" ? texts.storedHere(megabytes) : texts.downloaded(megabytes)}`,
  ];
  const rows: [string, string][] = [
    [texts.computesWith, describeProvider(model)],
    [texts.whyNot(NAMES[other]), report[other].text || texts.notNeeded],
    [texts.model, file.join("; ")],
    [texts.integrity, model.verified === "sha256" ? texts.verified : texts.sizeChecked],
  ];
  byId("runs").replaceChildren(
    ...rows.map(([name, value]) =>
      create("div", {}, create("dt", {}, name), create("dd", {}, value)),
    ),
  );
}

function describeProvider({ provider, threads, difference }: ModelInfo): string {
  const texts = strings.engine;
  if (provider === "webgpu") {
    return difference === undefined ? "WebGPU" : texts.within(roundedUp(difference));
  }
  if (threads > 1) return texts.threads(threads);
  if (!self.crossOriginIsolated) return texts.notIsolated;
  return availableThreads() > 1 ? texts.didNotStart : texts.oneThread;
}
