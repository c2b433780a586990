/** Training on WebGPU with a software adapter: the same losses as on the CPU, no leaked tensors, and the process exits. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { promisify } from "node:util";
import { startOf } from "../../builtProgram.ts";
import { without } from "../../needs/needs.ts";
import { assertTrainsAsCpu } from "./backendRuns.ts";
import { softwareVulkan } from "./vulkan.ts";
import type { FaultyRun } from "./webgpuFaultyChild.ts";

const env = softwareVulkan();
const skip = without("vulkan", "webgpu");

test("towers train on WebGPU as on the CPU, step by step, and export their weights", {
  skip,
}, async () => {
  const { name, log } = await assertTrainsAsCpu("webgpu", {
    optimizer: "adamw",
    tolerance: 5e-4,
    env: env!,
  });
  // Software adapters are for tests: `auto` never selects one.
  assert.notEqual(name, "webgpu");
  // TensorFlow comes before it, where it is set up.
  if (name === "wasm")
    assert.match(log.join("\n"), /^backend webgpu skipped: .* is software, not a GPU$/m);
});

test("an error that the device reports during the trial is the reason to skip it", {
  skip,
}, async () => {
  const child = startOf("test/pipeline/train/webgpuFaultyChild.ts");
  const { stdout } = await promisify(execFile)(process.execPath, child, {
    env,
    timeout: 60_000,
  });
  const { reason, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as FaultyRun;
  assert.match(reason ?? "it was selected", /^the GPU reports: .*WGSL/);
  assert.equal(name, "wasm");
});
