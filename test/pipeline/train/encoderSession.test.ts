/** Where features of encoders are computed: on the CPU, on a GPU, and on the CPU once the GPU has failed. */

import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { openChildSession } from "../../../node/childSession.ts";
import { openSession, type Session, trialFeeds } from "../../../node/session.ts";
import type { Backend } from "../../../pipeline/config/schema.ts";
import { featureRuntime, openEncoder } from "../../../pipeline/train/encoderSession.ts";
import { without } from "../../needs/needs.ts";
import { textEncoder } from "../onnxFiles.ts";
import { softwareVulkan, useVulkan } from "./vulkan.ts";

const OUTPUTS = ["last_hidden_state"];
const onnx = textEncoder(8);
const trial = trialFeeds(
  ["input_ids", "attention_mask", "token_type_ids"].map((name) => ({
    name,
    type: "int32" as const,
    shape: ["batch", "tokens"],
  })),
);

/** What the encoder gives on a backend, and what is said of it. */
async function encode(t: TestContext, backend: Backend, open?: typeof openChildSession) {
  const warnings: string[] = [];
  const lines: string[] = [];
  const session = await openEncoder(
    { onnx, outputs: OUTPUTS, trial },
    {
      backend,
      what: "title features",
      onWarning: (text) => warnings.push(text),
      onProvider: (line) => lines.push(line),
    },
    open,
  );
  t.after(() => session.close());
  return { values: await valuesOf(session), warnings, lines };
}

async function valuesOf({ run }: Session): Promise<Float32Array> {
  const { last_hidden_state: values, ...others } = await run(trial);
  assert.deepEqual(others, {});
  return values!.data as Float32Array;
}

async function expected(): Promise<Float32Array> {
  const session = await openSession(onnx, { outputs: OUTPUTS });
  return valuesOf(session).finally(() => session.close());
}

test("on backends that run everywhere, the CPU of this process computes them", async (t) => {
  for (const backend of ["wasm", "cpu", "tensorflow"] as const) {
    const found = await encode(t, backend, () => assert.fail("another process"));
    assert.deepEqual(found, { values: await expected(), warnings: [], lines: [] });
  }
});

test("a GPU that trains computes them too", { skip: without("vulkan") }, async (t) => {
  useVulkan(t, softwareVulkan());
  const { values, warnings, lines } = await encode(t, "webgpu");
  assert.deepEqual({ warnings, lines }, { warnings: [], lines: ["  title features on webgpu"] });
  const cpu = await expected();
  const furthest = cpu.reduce((most, v, i) => Math.max(most, Math.abs(v - values[i]!)), 0);
  assert.ok(furthest < 1e-4, `off by ${furthest}`);
});

test("a GPU that ONNX Runtime cannot use is a warning, and the CPU computes them", async (t) => {
  useVulkan(t, undefined);
  const { values, warnings, lines } = await encode(t, "tensorflow-gpu");
  assert.deepEqual(values, await expected());
  assert.deepEqual(lines, []);
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!,
    /^title features are computed on the CPU, .* \(npm run doctor says more\): cuda: .+; webgpu: /,
  );
});

test("a GPU that fails on the way is replaced by the CPU", async (t) => {
  let closed = 0;
  const { values, warnings } = await encode(t, "webgpu", async (...options) => {
    const [, , wanted] = options;
    assert.deepEqual(wanted, { outputs: OUTPUTS, wanted: "auto" });
    const session = await openChildSession(...options);
    return {
      ...session,
      provider: "webgpu",
      run: async () => Promise.reject(new Error("webgpu ended with SIGSEGV")),
      close() {
        closed++;
        return session.close();
      },
    };
  });
  assert.deepEqual(values, await expected());
  const why = "webgpu failed: webgpu ended with SIGSEGV";
  assert.deepEqual(warnings, [`the CPU computes the rest of the title features, because ${why}`]);
  assert.equal(closed, 1);
});

test("features of GPUs have cache files of their own", () => {
  const cpu = featureRuntime("wasm");
  assert.match(cpu, /^onnxruntime-node \d+\.\d+\.\d+$/);
  assert.equal(featureRuntime("cpu"), cpu);
  assert.equal(featureRuntime("webgpu"), `${cpu} on a GPU`);
  assert.equal(featureRuntime("tensorflow-gpu"), `${cpu} on a GPU`);
});
