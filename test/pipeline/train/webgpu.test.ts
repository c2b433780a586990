/** Training on WebGPU, by a software adapter: the same as on the CPU, no tensor left behind, and the process ends. */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { softwareVulkan } from "./vulkan.ts";
import type { WebgpuRun } from "./webgpu-child.ts";
import type { FaultyRun } from "./webgpu-faulty-child.ts";

const env = softwareVulkan();
const skip = !env
  ? "no software Vulkan driver here: install chromium, or mesa-vulkan-drivers"
  : !existsSync("node_modules/webgpu") && "the optional package webgpu is not installed";

test("towers train on WebGPU as on the CPU, step by step, and export what they hold", {
  skip,
}, async () => {
  const child = fileURLToPath(new URL("./webgpu-child.ts", import.meta.url));
  // A process that crashes or does not end rejects.
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child], {
    env,
    timeout: 240_000,
  });
  const { cpu, webgpu, said, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as WebgpuRun;
  assert.deepEqual(
    webgpu.map(({ input }) => input),
    ["title", "poster"],
  );
  for (const [i, { input, losses, tensors, lost, exported }] of webgpu.entries()) {
    const expected = cpu[i]!.losses;
    assert.equal(losses.length, expected.length, input);
    for (const [step, loss] of losses.entries()) {
      // Steps add up: where a gradient is almost 0, AdamW makes much of its rounding.
      const difference = Math.abs(loss - expected[step]!);
      assert.ok(difference < 5e-4, `${input}, step ${step}: ${loss}, cpu ${expected[step]}`);
    }
    assert.equal(new Set(tensors).size, 1, `${input}: tensors after each epoch ${tensors}`);
    assert.equal(lost, 0, input);
    assert.ok(exported < 1e-5, `${input}: the graph differs by ${exported}`);
  }
  // What is software is for tests: nobody gets it without asking.
  assert.equal(name, "wasm");
  assert.match(said.join("\n"), /^backend webgpu passed over: .* is software, not a GPU$/m);
});

test("what the device reports during the trial is the reason to pass it over", {
  skip,
}, async () => {
  const child = fileURLToPath(new URL("./webgpu-faulty-child.ts", import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, ["--import", "tsx", child], {
    env,
    timeout: 60_000,
  });
  const { reason, name } = JSON.parse(stdout.trim().split("\n").at(-1)!) as FaultyRun;
  assert.match(reason ?? "it was taken", /^the GPU reports: .*WGSL/);
  assert.equal(name, "wasm");
});
