/** Bundles on disk: whole, damaged, and left by a killed publish. */

import assert from "node:assert/strict";
import { appendFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { graphPath, openBundle, previousPath, resolveBundlePath } from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import type { Precision } from "../../predictor/manifest.ts";
import { folder } from "../pipeline/dataset/folder.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";

const FILES = { "model.onnx": "graph", "model_fp16.onnx": "half", "README.md": "card" };

/** A folder with the bundle `models/m`; its path. */
async function bundleIn(t: TestContext): Promise<string> {
  const files = Object.fromEntries(
    Object.entries(FILES).map(([name, content]) => [
      name,
      { bytes: content.length, sha256: sha256(content) },
    ]),
  );
  const dir = await folder(t, {
    ...Object.fromEntries(Object.entries(FILES).map(([name, text]) => [`models/m/${name}`, text])),
    "models/m/manifest.json": JSON.stringify({ ...sampleManifest(), files }),
  });
  return join(dir, "models", "m");
}

test("a whole bundle opens, with its manifest and the paths of its graphs", async (t) => {
  const path = await bundleIn(t);
  const bundle = await openBundle(path);
  assert.equal(bundle.path, path);
  assert.deepEqual(bundle.manifest.labels, ["Action", "Comedy", "Drama"]);
  assert.equal(graphPath(bundle, "fp32"), join(path, "model.onnx"));
  assert.equal(graphPath(bundle, "fp16"), join(path, "model_fp16.onnx"));
});

test("a precision that the bundle has not, or that there is not, lists those it has", async (t) => {
  const bundle = await openBundle(await bundleIn(t));
  assert.throws(() => graphPath(bundle, "q8"), /has no q8 graph; it has fp32, fp16$/);
  assert.throws(() => graphPath(bundle, "int4" as Precision), /no int4 graph; it has fp32, fp16$/);
});

test("every damaged and missing file is named at once", async (t) => {
  const path = await bundleIn(t);
  await writeFile(join(path, "model.onnx"), "grapf"); // the same length
  await appendFile(join(path, "model_fp16.onnx"), "!");
  await rm(join(path, "README.md"));
  await assert.rejects(openBundle(path), (error: Error) => {
    assert.ok(error.message.startsWith(`${path} cannot be used: `));
    assert.match(error.message, /model\.onnx is damaged \(5 bytes, expected 5; SHA-256 differs\)/);
    assert.match(error.message, /model_fp16\.onnx is damaged \(5 bytes, expected 4/);
    assert.match(error.message, /README\.md is missing/);
    return true;
  });
});

test("files that the manifest does not list are no fault", async (t) => {
  const path = await bundleIn(t);
  await writeFile(join(path, ".DS_Store"), "-");
  await openBundle(path);
});

test("a folder without manifest, and no folder, say how to get a bundle", async (t) => {
  const path = await bundleIn(t);
  await rm(join(path, "manifest.json"));
  const message = /is not a bundle: there is no manifest\.json in it\. Publish one with/;
  await assert.rejects(openBundle(path), message);
  await assert.rejects(openBundle(`${path}-none`), message);
});

test("a manifest that is spoilt is named by its path", async (t) => {
  const path = await bundleIn(t);
  await writeFile(join(path, "manifest.json"), '{"formatVersion": 1}');
  await assert.rejects(openBundle(path), (error: Error) =>
    error.message.startsWith(`${join(path, "manifest.json")} is not valid:`),
  );
});

test("after a publish killed between its two renames the old bundle is found", async (t) => {
  const path = await bundleIn(t);
  const previous = previousPath(path);
  assert.equal(previous, join(path, "..", ".m.previous"));
  await rename(path, previous);
  assert.equal(resolveBundlePath(path), previous);
  assert.equal(resolveBundlePath(`${path}/`), previous);
  const bundle = await openBundle(path);
  assert.equal(bundle.path, previous);
  assert.equal(graphPath(bundle, "fp32"), join(previous, "model.onnx"));
});

test("where both are there, the new bundle counts", async (t) => {
  const path = await bundleIn(t);
  await writeFile(previousPath(path), "-");
  assert.equal((await openBundle(path)).path, path);
});
