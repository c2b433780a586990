import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle, previousPath } from "../../../node/bundle.ts";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-publish-"));
});
after(() => rm(root, { recursive: true, force: true }));

const { files: _, ...manifest } = sampleManifest();

function publish(path: string, content: string) {
  return publishBundle(path, manifest, { "model.onnx": content, "README.md": "card" });
}

async function modelOf(path: string): Promise<string> {
  const bundle = await openBundle(path);
  return readFile(join(bundle.path, "model.onnx"), "utf8");
}

test("a published bundle opens, and its manifest has every file's size and checksum", async () => {
  const path = join(root, "a");
  const complete = await publish(path, "é");
  assert.equal(complete.files["model.onnx"]!.bytes, 2);
  assert.equal(await modelOf(path), "é");
  assert.deepEqual((await openBundle(path)).manifest, complete);
});

test("publishing again replaces the whole bundle and leaves nothing behind", async () => {
  const path = join(root, "b", "model");
  await publish(path, "old");
  await publish(path, "new");
  assert.equal(await modelOf(path), "new");
  assert.deepEqual(await readdir(join(root, "b")), ["model"]);
});

test("killed between the two renames: readers see the old bundle, the next publish succeeds", async () => {
  const path = join(root, "c", "model");
  await publish(path, "old");
  await rename(path, previousPath(path));
  assert.equal(await modelOf(path), "old");
  await publish(path, "new");
  assert.equal(await modelOf(path), "new");
  assert.deepEqual(await readdir(join(root, "c")), ["model"]);
});

test("killed after the second rename: the new bundle stays, the old one goes with the next publish", async () => {
  const path = join(root, "d", "model");
  await publish(path, "old");
  await rename(path, previousPath(path));
  await publish(join(root, "d", "other"), "new");
  await rename(join(root, "d", "other"), path);
  assert.equal(await modelOf(path), "new");
  await publish(path, "newer");
  assert.equal(await modelOf(path), "newer");
  assert.deepEqual(await readdir(join(root, "d")), ["model"]);
});

test("a manifest that is not valid changes nothing", async () => {
  const path = join(root, "e");
  await publish(path, "old");
  await assert.rejects(publishBundle(path, { ...manifest, thresholds: [0.5] }, {}), /threshold/);
  await assert.rejects(publishBundle(path, manifest, { "../outside": "x" }));
  assert.equal(await modelOf(path), "old");
});
