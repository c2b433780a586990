/** An examination as text. */

import type { Examination, RuntimeCheck } from "./examine.ts";

export function describeExamination({ machine, backends, providers, chosen }: Examination): string {
  const { total, free } = machine.memory;
  const gpus =
    machine.nvidia.length > 0 ? machine.nvidia.join("; ") : "none reported by nvidia-smi";
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `machine     ${machine.platform}, ${machine.processor}, ${machine.threads} threads`,
    `memory      ${total.toFixed(1)} GiB, ${free.toFixed(1)} free`,
    `NVIDIA GPUs ${gpus}`,
    `CUDA        ${machine.cuda.join("\n            ")}`,
    `browser     ${machine.chromium ?? "no Chromium found; only the tests of the page need it"}`,
    `versions    ${versions.join(", ")}`,
    "",
    `training backends (npm run pipeline -- --backend; auto chooses ${chosen ?? "none: nothing works"})`,
    ...backends.map(line),
    "",
    "ONNX Runtime's providers for inference (npm run serve -- --provider)",
    ...providers.map(line),
    ...advice("to get more for training", backends),
    ...advice("to get more for inference", providers),
  ].join("\n");
}

/** A name such as webgpu is a backend's and a provider's, each with an advice of its own. */
function advice(title: string, checks: readonly RuntimeCheck[]): string[] {
  const missing = checks.filter(({ result }) => !result.works);
  if (missing.length === 0) return [];
  return ["", title, ...missing.map(({ name, advice }) => `  ${name.padEnd(WIDTH)} ${advice}`)];
}

const WIDTH = 14;

function line({ name, result }: RuntimeCheck): string {
  const said = result.works
    ? `works: ${[result.description, result.objection].filter(Boolean).join("; ")}`
    : `no: ${result.reason}`;
  return `  ${name.padEnd(WIDTH)} ${said}`;
}
