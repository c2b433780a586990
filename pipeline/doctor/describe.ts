/** An examination as text. */

import type { Examination, RuntimeCheck } from "./examine.ts";

export function describeExamination({ machine, backends, providers, chosen }: Examination): string {
  const { total, free } = machine.memory;
  const gpus = machine.nvidia.length > 0 ? machine.nvidia.join("; ") : "none that nvidia-smi names";
  const versions = Object.entries(machine.versions).map(([name, version]) => `${name} ${version}`);
  const missing = [...backends, ...providers].filter(({ result }) => !result.works);
  return [
    `machine     ${machine.platform}, ${machine.processor}, ${machine.threads} threads`,
    `memory      ${total.toFixed(1)} GiB, ${free.toFixed(1)} free`,
    `NVIDIA GPUs ${gpus}`,
    `CUDA        ${machine.cuda.join("\n            ")}`,
    `browser     ${machine.chromium ?? "no Chromium found; only the tests of the page need it"}`,
    `versions    ${versions.join(", ")}`,
    "",
    `training (npm run pipeline -- --backend; auto takes ${chosen ?? "none: nothing works"})`,
    ...backends.map(line),
    "",
    "inference (npm run serve -- --provider)",
    ...providers.map(line),
    ...(missing.length > 0 ? ["", "to get more"] : []),
    ...missing.map(({ name, advice }) => `  ${name.padEnd(WIDTH)} ${advice}`),
  ].join("\n");
}

const WIDTH = 14;

function line({ name, result }: RuntimeCheck): string {
  const said = result.works
    ? `works: ${[result.description, result.objection].filter(Boolean).join("; ")}`
    : `no: ${result.reason}`;
  return `  ${name.padEnd(WIDTH)} ${said}`;
}
