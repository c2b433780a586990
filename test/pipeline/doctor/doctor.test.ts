/** `npm run doctor` on this machine, whatever it has, and on machines that it has not. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { describeExamination } from "../../../pipeline/doctor/describe.ts";
import type { Examination } from "../../../pipeline/doctor/examine.ts";
import { start } from "../run/tinyRun.ts";

/** Backends and the command that sets them up. */
const COMMANDS = [
  ["tensorflow-gpu", "npm run setup:tensorflow -- --gpu"],
  ["tensorflow", "npm run setup:tensorflow"],
  // npm installs an optional peer by no shorter command.
  ["webgpu", "npm install --no-save --save-prod webgpu"],
] as const;

test("everything is tried: what always works does, and what does not says why and what to do", async () => {
  const { code, stdout, stderr } = await start("pipeline/doctor/main.ts", ["--json"]).finished;
  assert.equal(code, 0, stderr);
  const { machine, backends, providers, chosen } = JSON.parse(stdout) as Examination;
  assert.deepEqual(
    backends.map(({ name }) => name),
    ["tensorflow-gpu", "tensorflow", "webgpu", "wasm", "cpu"],
  );
  assert.deepEqual(
    providers.map(({ name }) => name),
    ["cuda", "webgpu", "cpu"],
  );
  for (const { name, result, advice } of [...backends, ...providers]) {
    if (name === "wasm" || name === "cpu") assert.ok(result.works, name);
    assert.ok(result.works ? result.description : result.reason, name);
    assert.ok(advice, name);
  }
  for (const [name, command] of COMMANDS) {
    const { advice } = backends.find((backend) => backend.name === name)!;
    assert.ok(advice.includes(command), `${name}: ${advice}`);
  }
  assert.ok(backends.find(({ name }) => name === chosen)?.result.works);
  assert.match(machine.cuda.join(), /^no provider|^provider of ONNX Runtime [\d.]+/);
  assert.ok(machine.threads >= 1 && machine.memory.total > 0);
  assert.equal(machine.versions.node, process.versions.node);
  assert.match(machine.versions["@tensorflow/tfjs-backend-webgpu"]!, /^\d/);
  assert.ok(!Object.values(machine.versions).includes("unknown"));
  const text = describeExamination({ machine, backends, providers, chosen: chosen! });
  for (const { name } of backends) assert.match(text, new RegExp(`^  ${name} +(works|no): `, "m"));
});

const MACHINE = {
  platform: "linux x64",
  processor: "some",
  threads: 8,
  memory: { total: 32, free: 30 },
};

test("advice is given for what is missing only", () => {
  const text = describeExamination({
    machine: {
      ...MACHINE,
      nvidia: ["NVIDIA H100 80GB HBM3, 550.54, 81559 MiB"],
      cuda: ["provider of ONNX Runtime 1.30.0", "libcudart.so.13 not found"],
      versions: { node: "22.0.0" },
    },
    backends: [
      {
        name: "webgpu",
        result: { works: true, description: "webgpu (SwiftShader)", objection: "is software" },
        advice: "buy a GPU",
      },
      { name: "wasm", result: { works: false, reason: "no SIMD" }, advice: "a newer Node" },
    ],
    providers: [{ name: "cpu", result: { works: true, description: "cpu" }, advice: "none" }],
  });
  assert.match(text, /auto chooses none/);
  assert.match(text, /webgpu +works: webgpu \(SwiftShader\); is software/);
  assert.match(text, /wasm +no: no SIMD/);
  assert.match(text, /\n\nto get more for training\n {2}wasm +a newer Node$/);
  assert.match(text, /H100/);
  assert.match(text, /^CUDA +provider of .*\n +libcudart\.so\.13 not found$/m);
  assert.match(text, /no Chromium found/);
});

test("a name that is a backend's and a provider's has the advice of each under its own heading", () => {
  const absent = { works: false, reason: "no adapter" } as const;
  const text = describeExamination({
    machine: {
      ...MACHINE,
      nvidia: [],
      cuda: [],
      versions: {},
    },
    backends: [{ name: "webgpu", result: absent, advice: "npm install webgpu" }],
    providers: [{ name: "webgpu", result: absent, advice: "a GPU" }],
  });
  assert.match(text, /\ntraining backends .*\n {2}webgpu +no: no adapter\n/);
  assert.match(text, /\nONNX Runtime's providers for inference .*\n {2}webgpu +no: no adapter\n/);
  assert.match(text, /\nto get more for training\n {2}webgpu +npm install webgpu\n\n/);
  assert.match(text, /\nto get more for inference\n {2}webgpu +a GPU$/);
});
