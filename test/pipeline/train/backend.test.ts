/**
 * Which backend is selected, and what is logged about the others. TensorFlow's packages are not installed here; stand-ins
 * for them are found, loaded and tried in the same way, in a copy of the source with its own packages.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { folder } from "../dataset/folder.ts";

/** Registers the cpu backend's kernels under TensorFlow's name, as TensorFlow's packages do with theirs. */
const standIn = (before: string, gpu: boolean) => `
const tf = require("@tensorflow/tfjs-core");
const { MathBackendCPU } = require("@tensorflow/tfjs-backend-cpu");
${before}
for (const kernel of tf.getKernelsForBackend("cpu")) {
  tf.registerKernel({ ...kernel, backendName: "tensorflow", ...changed[kernel.kernelName] });
}
class Backend extends MathBackendCPU {
  isUsingGpuDevice = ${gpu};
}
tf.registerBackend("tensorflow", () => new Backend(), 3);
tf.setBackend("tensorflow");
`;
const CORRECT = "const changed = {};";
const WRONG = "const changed = { Relu: { kernelFunc: ({ inputs }) => inputs.x } };";
const UNLOADABLE =
  'throw new Error("libtensorflow.so.2: cannot open shared object file\\nand more");';

interface StartResult {
  readonly selected?: { name: string; description: string };
  readonly error?: string;
  readonly lines: readonly string[];
}

/** Result and log of `startBackend(wanted)` with only these packages installed besides ours. */
async function startWith(
  t: Parameters<typeof folder>[0],
  wanted: string,
  packages: Readonly<Record<string, string>>,
  excluded: readonly string[] = ["webgpu"],
): Promise<StartResult> {
  const root = await folder(t, {
    "start.ts": `import { startBackend } from "./pipeline/train/backend.ts";
const lines: string[] = [];
const result = await startBackend(${JSON.stringify(wanted)} as "auto", (line) => lines.push(line.trim())).then(
  (selected) => ({ selected }),
  (error: Error) => ({ error: error.message }),
);
console.log(JSON.stringify({ ...result, lines }));`,
    "package.json": '{ "type": "module" }',
  });
  for (const part of ["pipeline", "predictor", "node"]) {
    await cp(resolve(part), join(root, part), { recursive: true });
  }
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@tensorflow"), { recursive: true });
  for (const scope of ["", "@tensorflow"]) {
    for (const name of await readdir(resolve("node_modules", scope))) {
      if (name === "@tensorflow" || name.startsWith(".") || excluded.includes(name)) continue;
      await symlink(resolve("node_modules", scope, name), join(modules, scope, name));
    }
  }
  for (const [name, source] of Object.entries(packages)) {
    const path = join(modules, "@tensorflow", name);
    await mkdir(path);
    await writeFile(join(path, "package.json"), '{ "main": "index.js" }');
    await writeFile(join(path, "index.js"), source);
  }
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ["--import", import.meta.resolve("tsx"), join(root, "start.ts")],
    { cwd: root },
  );
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

const NOT_INSTALLED = {
  "tensorflow-gpu": "backend tensorflow-gpu skipped: @tensorflow/tfjs-node-gpu is not installed",
  tensorflow: "backend tensorflow skipped: @tensorflow/tfjs-node is not installed",
  webgpu: "backend webgpu skipped: the package webgpu is not installed",
};

test("auto selects WASM if nothing else is installed, and logs a reason for each skipped backend", async (t) => {
  const { selected, lines } = await startWith(t, "auto", {});
  assert.equal(selected!.name, "wasm");
  assert.match(selected!.description, /^wasm/);
  assert.deepEqual(lines, [...Object.values(NOT_INSTALLED), `backend ${selected!.description}`]);
});

test("auto prefers TensorFlow on a GPU", async (t) => {
  const { selected, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": standIn(CORRECT, true),
    "tfjs-node": standIn(CORRECT, false),
  });
  assert.deepEqual(selected, { name: "tensorflow-gpu", description: "tensorflow (GPU)" });
  assert.deepEqual(lines, ["backend tensorflow (GPU)"]);
});

test("after a GPU package that finds no GPU, the CPU package is selected", async (t) => {
  const { selected, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": standIn(CORRECT, false),
    "tfjs-node": standIn(CORRECT, false),
  });
  assert.deepEqual(selected, { name: "tensorflow", description: "tensorflow (CPU)" });
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^backend tensorflow-gpu skipped: .* finds no GPU/);
});

test("a package that computes wrong results or does not load is skipped with the reason", async (t) => {
  const { selected, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": UNLOADABLE,
    "tfjs-node": standIn(WRONG, false),
  });
  assert.equal(selected!.name, "wasm");
  assert.match(
    lines[0]!,
    /tfjs-node-gpu does not load on Node [\d.]+: libtensorflow\.so\.2: cannot open shared object file$/,
  );
  assert.match(lines[1]!, /^backend tensorflow skipped: a training step .* comes out wrong, by/);
});

test("a backend requested by name that does not work is an error with the reason and what to do", async () => {
  await assert.rejects(
    startBackend("tensorflow-gpu"),
    /^Error: the backend tensorflow-gpu does not work here: .*not installed\n {2}what to do: npm install --no-save --save-prod --ignore-scripts=false @tensorflow\/tfjs-node-gpu, .*CUDA/,
  );
});

for (const backend of ["wasm", "cpu"] as const) {
  test(`${backend} requested by name starts repeatedly`, async () => {
    for (let i = 0; i < 2; i++) assert.equal((await startBackend(backend)).name, backend);
  });
}
