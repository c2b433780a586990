/** What the set-ups do of their own: what a machine lacks, where CUDA's libraries lie, and the links to them. */

import assert from "node:assert/strict";
import { readdir, readFile, readlink, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { linkLibraries } from "../../../tools/setup/cuda/link.ts";
import { findLibraries, wheelsOf } from "../../../tools/setup/nvidia.ts";
import { makePart } from "../../../tools/setup/part.ts";
import {
  checkRequirements,
  compiler,
  disk,
  driver,
  pip,
} from "../../../tools/setup/requirements.ts";
import { ONNXRUNTIME } from "../../../tools/setup/wheels.ts";
import { folder } from "../../pipeline/dataset/folder.ts";

test("everything that a machine lacks is named at once, and nothing that it has", async (t) => {
  const root = await folder(t);
  const all = [pip("no-python"), compiler("no-g++"), driver(13, 12), driver(12, 13), disk(root, 1)];
  await assert.rejects(checkRequirements(all), ({ message }: Error) => {
    assert.match(message, /^this machine lacks\n {2}- Python 3 with pip.*\n {2}- a C\+\+ compiler/);
    assert.match(message, /driver for CUDA 13 \(this one runs CUDA 12\)/);
    assert.equal(message.match(/^ {2}- /gm)?.length, 3);
    return true;
  });
  await assert.rejects(checkRequirements([disk(root, 1e9)]), /- 1000000\.0 GB free where/);
});

test("CUDA's libraries are taken from the first folder that has them, with the parts they open", async (t) => {
  const root = await folder(t, {
    "pip/libcudnn.so.9": "",
    "pip/libcudnn_ops.so.9": "",
    "pip/libcublas.so.13": "",
    "pip/libcublas.so.12": "",
    "system/libcublas.so.13": "",
    "system/libcublasLt.so.13": "",
    "system/libcudart.so.13.0.96": "",
  });
  await symlink("libcudart.so.13.0.96", join(root, "system/libcudart.so.13"));
  const folders = ["none", "pip", "system"].map((name) => join(root, name));
  const { found, missing } = await findLibraries(wheelsOf(13, "onnxruntime"), "python3", folders);
  const real = await realpath(root);
  assert.deepEqual(Object.fromEntries(found), {
    "libcublas.so.13": `${real}/pip/libcublas.so.13`,
    "libcublasLt.so.13": `${real}/system/libcublasLt.so.13`,
    "libcudart.so.13": `${real}/system/libcudart.so.13.0.96`,
    "libcudnn.so.9": `${real}/pip/libcudnn.so.9`,
    "libcudnn_ops.so.9": `${real}/pip/libcudnn_ops.so.9`,
    "libcudnn.so": `${real}/pip/libcudnn.so.9`,
  });
  assert.deepEqual(
    missing.map(({ name }) => name),
    ["nvidia-curand", "nvidia-cufft", "nvidia-cuda-nvrtc"],
  );
});

test("links take the place of earlier ones, and leave ONNX Runtime's own files alone", async (t) => {
  const root = await folder(t, {
    "cuda/libprovider.so": "new",
    "cuda/libcudart.so.13": "",
    "cuda/setup.json": "{}",
    "runtime/libonnxruntime.so.1": "own",
  });
  const [cuda, runtime] = [join(root, "cuda"), join(root, "runtime")];
  await symlink("../gone/libcudart.so.12", join(runtime, "libcudart.so.12"));
  await linkLibraries(cuda, runtime);
  await linkLibraries(cuda, runtime);
  assert.deepEqual((await readdir(runtime)).sort(), [
    "libcudart.so.13",
    "libonnxruntime.so.1",
    "libprovider.so",
  ]);
  assert.equal(await readFile(join(runtime, "libprovider.so"), "utf8"), "new");
  // Relative, so that both folders can be copied into an image.
  assert.equal(await readlink(join(runtime, "libprovider.so")), "../cuda/libprovider.so");
});

test("a set-up that fails leaves nothing behind", async () => {
  const before = await readdir(".native").catch(() => []);
  await assert.rejects(
    makePart("cuda", { versions: {} }, async () => {
      throw new Error("no network");
    }),
    /no network/,
  );
  assert.deepEqual(await readdir(".native"), before);
});

test("the provider that is known has the version of onnxruntime-node", async () => {
  const text = await readFile("node_modules/onnxruntime-node/package.json", "utf8");
  assert.equal((JSON.parse(text) as { version: string }).version, ONNXRUNTIME.version);
});
