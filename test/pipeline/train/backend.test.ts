/**
 * Which backend is selected, and what is logged about the others, in a copy of the program with packages and set-ups of
 * its own. TensorFlow is the real one, where `npm run setup:tensorflow` has built it.
 */

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cp, mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { test } from "node:test";
import { promisify } from "node:util";
import { build } from "esbuild";
import { NATIVE_FOLDER, NATIVE_RECORD } from "../../../node/native.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { BINDING } from "../../../pipeline/train/backends/tensorflow.ts";
import { NATIVE_TENSORFLOW } from "../../nativeTensorflow.ts";
import { without } from "../../needs/needs.ts";
import { folder } from "../dataset/folder.ts";

/** Changes the files of a copied set-up, as damage and other machines would. */
type Change = (folder: string) => Promise<void>;

const AS_IT_IS: Change = async () => {};
const UNLOADABLE: Change = (folder) => writeFile(join(folder, BINDING), "damaged");
const WRONG: Change = (folder) =>
  edit(folder, "kernels/Relu.js", "kernelFunc:", "kernelFunc: ({ inputs }) => inputs.x, before:");
/** The only stand-in: no GPU is here. */
const WITH_GPU: Change = (folder) =>
  edit(folder, "nodejs_kernel_backend.js", "_this.binding.isUsingGpuDevice()", "true");

async function edit(folder: string, name: string, before: string, after: string): Promise<void> {
  const path = join(folder, "node_modules/@tensorflow/tfjs-node/dist", name);
  const source = await readFile(path, "utf8");
  assert.ok(source.includes(before), name);
  await writeFile(path, source.replace(before, after));
}

const PROBE = "probeWebgpu.mjs";

interface StartResult {
  readonly selected?: { name: string; description: string };
  readonly error?: string;
  readonly lines: readonly string[];
}

/** Result and log of `startBackend(wanted)` where these are set up, and none of the excluded packages is installed. */
async function startWith(
  t: Parameters<typeof folder>[0],
  wanted: string,
  setUps: Partial<Record<"tensorflow" | "tensorflow-gpu", Change>>,
  excluded: readonly string[] = ["webgpu"],
): Promise<StartResult> {
  const root = await folder(t, {});
  await build({
    stdin: {
      contents: `import { startBackend } from "./pipeline/train/backend.ts";
const lines = [];
const result = await startBackend(${JSON.stringify(wanted)}, (line) => lines.push(line.trim())).then(
  (selected) => ({ selected }),
  (error) => ({ error: error.message }),
);
console.log(JSON.stringify({ ...result, lines }));`,
      resolveDir: resolve("."),
    },
    outfile: join(root, "start.mjs"),
    bundle: true,
    format: "esm",
    platform: "node",
    packages: "external",
  });
  // Started as a process.
  await cp(resolve("pipeline/train/backends", PROBE), join(root, PROBE));
  const modules = join(root, "node_modules");
  await mkdir(join(modules, "@tensorflow"), { recursive: true });
  for (const scope of ["", "@tensorflow"]) {
    for (const name of await readdir(resolve("node_modules", scope))) {
      if (name === "@tensorflow" || name.startsWith(".") || excluded.includes(name)) continue;
      await symlink(resolve("node_modules", scope, name), join(modules, scope, name));
    }
  }
  for (const [part, change] of Object.entries(setUps)) {
    const set = join(root, NATIVE_FOLDER, part);
    await mkdir(join(set, "lib"), { recursive: true });
    await writeFile(join(set, NATIVE_RECORD), '{ "versions": {} }');
    if (NATIVE_TENSORFLOW) {
      const real = (name: string) => join(NATIVE_TENSORFLOW!.folder, name);
      await cp(real("node_modules"), join(set, "node_modules"), { recursive: true });
      await cp(real(BINDING), join(set, BINDING));
      // Too large to copy.
      for (const name of await readdir(real("lib"))) {
        if (/\.so/.test(name)) await symlink(real(`lib/${name}`), join(set, "lib", name));
      }
    }
    await change(set);
  }
  const { stdout } = await promisify(execFile)(process.execPath, [join(root, "start.mjs")], {
    cwd: root,
  });
  return JSON.parse(stdout.trim().split("\n").at(-1)!);
}

test("auto selects WASM if nothing else works, and logs a reason for each skipped backend", async (t) => {
  const { selected, lines } = await startWith(t, "auto", { "tensorflow-gpu": UNLOADABLE });
  assert.equal(selected!.name, "wasm");
  assert.match(selected!.description, /^wasm/);
  assert.match(
    lines[0]!,
    /^backend tensorflow-gpu skipped: \S+\.native\/tensorflow-gpu does not load on Node [\d.]+: .*file too short$/,
  );
  assert.deepEqual(lines.slice(1), [
    "backend tensorflow skipped: TensorFlow is not set up",
    "backend webgpu skipped: the package webgpu is not installed",
    `backend ${selected!.description}`,
  ]);
});

test("auto prefers TensorFlow on a GPU", { skip: without("tensorflow") }, async (t) => {
  const { selected, lines } = await startWith(t, "auto", {
    "tensorflow-gpu": WITH_GPU,
    tensorflow: AS_IT_IS,
  });
  assert.deepEqual(selected, { name: "tensorflow-gpu", description: "tensorflow (GPU)" });
  assert.deepEqual(lines, ["backend tensorflow (GPU)"]);
});

test("after TensorFlow for GPUs that finds none, that for the CPU is selected", {
  skip: without("tensorflow"),
}, async (t) => {
  const { selected, lines } = await startWith(t, "auto", {
    "tensorflow-gpu": AS_IT_IS,
    tensorflow: AS_IT_IS,
  });
  assert.deepEqual(selected, { name: "tensorflow", description: "tensorflow (CPU)" });
  assert.equal(lines.length, 2);
  assert.match(lines[0]!, /^backend tensorflow-gpu skipped: TensorFlow finds no GPU/);
});

test("a TensorFlow that computes wrong results is skipped", {
  skip: without("tensorflow"),
}, async (t) => {
  const { selected, lines } = await startWith(t, "auto", { tensorflow: WRONG });
  assert.equal(selected!.name, "wasm");
  assert.match(lines[1]!, /^backend tensorflow skipped: a training step .* is off by/);
});

test("a backend requested by name that does not work is an error with the reason and what to do", async () => {
  await assert.rejects(
    startBackend("tensorflow-gpu"),
    /^Error: the backend tensorflow-gpu does not work here: .+\n {2}what to do: .*CUDA 12.*: npm run setup:tensorflow -- --gpu$/,
  );
});

for (const backend of ["wasm", "cpu"] as const) {
  test(`${backend} requested by name starts repeatedly`, async () => {
    for (let i = 0; i < 2; i++) assert.equal((await startBackend(backend)).name, backend);
  });
}
