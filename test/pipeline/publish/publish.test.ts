import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openBundle, previousPath } from "../../../node/bundle.ts";
import { sha256 } from "../../../node/files.ts";
import { publishBundle, replaceFolder } from "../../../pipeline/publish/publish.ts";
import { sampleManifest, sampleTarget } from "../../predictor/sampleManifest.ts";

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

test("killed between the two renames: readers see the old bundle, and the next publish succeeds", async () => {
  const path = join(root, "c", "model");
  await publish(path, "old");
  await rename(path, previousPath(path));
  assert.equal(await modelOf(path), "old");
  await publish(path, "new");
  assert.equal(await modelOf(path), "new");
  assert.deepEqual(await readdir(join(root, "c")), ["model"]);
});

test("killed after the second rename: the new bundle stays, the next publish deletes the old one", async () => {
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

test("an invalid manifest changes nothing", async () => {
  const path = join(root, "e");
  await publish(path, "old");
  await assert.rejects(
    publishBundle(path, { ...manifest, target: sampleTarget(["a", "b"], [0.5]) }, {}),
    /threshold/,
  );
  await assert.rejects(publishBundle(path, manifest, { "../outside": "x" }));
  assert.equal(await modelOf(path), "old");
});

test("a folder that is not a bundle is neither deleted nor changed", async () => {
  const path = join(root, "f");
  await mkdir(path);
  await writeFile(join(path, "thesis.txt"), "years of work");
  await assert.rejects(publish(path, "new"), /folder with other content, .* \(thesis\.txt\)/);
  assert.equal(await readFile(join(path, "thesis.txt"), "utf8"), "years of work");
  assert.ok(!(await readdir(root)).some((name) => name.startsWith(".f.")));
});

test("concurrent publishers to one path all succeed, and readers always find a whole bundle", async () => {
  const path = join(root, "g", "model");
  await publish(path, "start");
  let publishing = true;
  const reading = (async () => {
    for (;;) {
      const { manifest: read, graph } = await openBundle(path);
      assert.equal(sha256(graph), read.files["model.onnx"]!.sha256);
      if (!publishing) return;
    }
  })();
  const contents = ["a", "b", "c", "d"];
  await Promise.all(contents.map((content) => publish(path, content)));
  await Promise.all(contents.map((content) => publish(path, content)));
  publishing = false;
  await reading;
  assert.ok(contents.includes(await modelOf(path)));
  assert.deepEqual(await readdir(join(root, "g")), ["model"]);
});

test("if the second rename fails, the old bundle is restored, and the error says so", async () => {
  const path = join(root, "h", "model");
  await publish(path, "old");
  await assert.rejects(
    replaceFolder(path, join(root, "h", "not there")),
    /could not replace \S+model in \d+ attempts \(ENOENT.*The earlier bundle is still there/,
  );
  assert.deepEqual(await readdir(join(root, "h")), ["model"]);
  assert.equal(await modelOf(path), "old");
});
