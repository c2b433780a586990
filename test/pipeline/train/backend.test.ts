/**
 * Which backend is chosen, and what is said of the others. TensorFlow's packages are not at hand: what stands in for them
 * is found, loaded and tried as they are, in a copy of the source with packages of its own.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { folder } from "../dataset/folder.ts";

/** Registers the cpu backend's kernels under TensorFlow's name, as the packages do with their own. */
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
const RIGHT = "const changed = {};";
const WRONG = "const changed = { Relu: { kernelFunc: ({ inputs }) => inputs.x } };";
const UNLOADABLE =
  'throw new Error("libtensorflow.so.2: cannot open shared object file\\nand more");';

interface Said {
  readonly chosen?: { name: string; description: string };
  readonly error?: string;
  readonly lines: readonly string[];
}

/** What `startBackend(wanted)` says where only these packages are installed beside ours. */
async function startWith(
  t: Parameters<typeof folder>[0],
  wanted: string,
  packages: Readonly<Record<string, string>>,
  left: readonly string[] = ["webgpu"],
): Promise<Said> {
  const root = await folder(t, {
    "start.ts": `import { startBackend } from "./pipeline/train/backend.ts";
const lines: string[] = [];
const outcome = await startBackend(${JSON.stringify(wanted)} as "auto", (line) => lines.push(line.trim())).then(
  (chosen) => ({ chosen }),
  (error: Error) => ({ error: error.message }),
);
console.log(JSON.stringify({ ...outcome, lines }));`,
    "package.json": '{ "type": "module" }',
  });
  for (const part of ["pipeline", "predictor", "node"]) {
    await cp(resolve(part), join(root, part), { recursive: true });
  }
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@tensorflow"), { recursive: true });
  for (const scope of ["", "@tensorflow"]) {
    for (const name of await readdir(resolve("node_modules", scope))) {
      if (name === "@tensorflow" || name.startsWith(".") || left.includes(name)) continue;
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
  "tensorflow-gpu":
    "backend tensorflow-gpu passed over: @tensorflow/tfjs-node-gpu is not installed",
  tensorflow: "backend tensorflow passed over: @tensorflow/tfjs-node is not installed",
  webgpu: "backend webgpu passed over: the package webgpu is not installed",
};

test("auto on a machine with nothing else takes WASM, and says why in one line each", async (t) => {
  const { chosen, lines } = await startWith(t, "auto", {});
  assert.equal(chosen!.name, "wasm");
  assert.match(chosen!.description, /^wasm/);
  assert.deepEqual(lines, [...Object.values(NOT_INSTALLED), `backend ${chosen!.description}`]);
});

test("auto takes TensorFlow on a GPU before all others", async (t) => {
  const { chosen, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": standIn(RIGHT, true),
    "tfjs-node": standIn(RIGHT, false),
  });
  assert.deepEqual(chosen, { name: "tensorflow-gpu", description: "tensorflow (GPU)" });
  assert.deepEqual(lines, ["backend tensorflow (GPU)"]);
});

test("a GPU package without a GPU makes room for the CPU package of the same name", async (t) => {
  const { chosen, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": standIn(RIGHT, false),
    "tfjs-node": standIn(RIGHT, false),
  });
  assert.deepEqual(chosen, { name: "tensorflow", description: "tensorflow (CPU)" });
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^backend tensorflow-gpu passed over: .* finds no GPU/);
});

test("a package that computes something else, or does not load, is passed over with the reason", async (t) => {
  const { chosen, lines } = await startWith(t, "auto", {
    "tfjs-node-gpu": UNLOADABLE,
    "tfjs-node": standIn(WRONG, false),
  });
  assert.equal(chosen!.name, "wasm");
  assert.match(
    lines[0]!,
    /tfjs-node-gpu does not load on Node [\d.]+: libtensorflow\.so\.2: cannot open shared object file$/,
  );
  assert.match(
    lines[1]!,
    /^backend tensorflow passed over: a training step .* comes out wrong, by/,
  );
});

test("a backend asked for by name that does not work is an error with the reason and what to do", async () => {
  await assert.rejects(
    startBackend("tensorflow-gpu"),
    /^Error: the backend tensorflow-gpu does not work here: .*not installed\n {2}what to do: npm install --no-save --save-prod --ignore-scripts=false @tensorflow\/tfjs-node-gpu, .*CUDA/,
  );
});

for (const backend of ["wasm", "cpu"] as const) {
  test(`${backend} by name starts, again and again`, async () => {
    for (let i = 0; i < 2; i++) assert.equal((await startBackend(backend)).name, backend);
  });
}
