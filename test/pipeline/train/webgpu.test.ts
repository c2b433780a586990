/** Training on WebGPU with a software adapter: the same losses as on the CPU, no leaked tensors, and the process exits. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { softwareVulkan } from "./vulkan.ts";
import type { WebgpuRun } from "./webgpuChild.ts";
import type { FaultyRun } from "./webgpuFaultyChild.ts";

const env = softwareVulkan();
const skip = !env
  ? "no software Vulkan driver here: install chromium, or mesa-vulkan-drivers"
  : !existsSync("node_modules/webgpu") && "the optional package webgpu is not installed";

test("towers train on WebGPU as on the CPU, step by step, and export their weights", {
  skip,
}, async () => {
  const child = fileURLToPath(new URL("./webgpuChild.ts", import.meta.url));
  // A process that crashes or does not end rejects.
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child], {
    env,
    timeout: 240_000,
  });
  const { cpu, webgpu, log, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as WebgpuRun;
  assert.deepEqual(
    webgpu.map(({ input }) => input),
    ["title", "poster"],
  );
  for (const [i, { input, losses, tensors, lost, exported }] of webgpu.entries()) {
    const expected = cpu[i]!.losses;
    assert.equal(losses.length, expected.length, input);
    for (const [step, loss] of losses.entries()) {
      // Differences accumulate: where a gradient is almost 0, AdamW amplifies its rounding errors.
      const difference = Math.abs(loss - expected[step]!);
      assert.ok(difference < 5e-4, `${input}, step ${step}: ${loss}, cpu ${expected[step]}`);
    }
    assert.equal(new Set(tensors).size, 1, `${input}: tensors after each epoch ${tensors}`);
    assert.equal(lost, 0, input);
    assert.ok(exported < 1e-5, `${input}: the graph differs by ${exported}`);
  }
  // Software adapters are for tests: `auto` never selects one.
  assert.equal(name, "wasm");
  assert.match(log.join("\n"), /^backend webgpu skipped: .* is software, not a GPU$/m);
});

test("an error that the device reports during the trial is the reason to skip it", {
  skip,
}, async () => {
  const child = fileURLToPath(new URL("./webgpuFaultyChild.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child], {
    env,
    timeout: 60_000,
  });
  const { reason, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as FaultyRun;
  assert.match(reason ?? "it was selected", /^the GPU reports: .*WGSL/);
  assert.equal(name, "wasm");
});
