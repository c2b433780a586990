import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { publishBundle } from "../../../pipeline/publish/publish.ts";
import { copyBundle } from "../../../web/build/bundle.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";

let root: string;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-site-"));
  const { files: _, ...manifest } = sampleManifest();
  await publishBundle(join(root, "bundle"), manifest, {
    "model.onnx": "fp32",
    "model_quantized.onnx": "q8",
    "README.md": "card",
    "report.html": "report",
    "notes.txt": "notes",
  });
});
after(() => rm(root, { recursive: true, force: true }));

test("what the page and its readers can use is copied, and nothing else", async () => {
  const out = join(root, "site");
  await copyBundle(join(root, "bundle"), out);
  assert.deepEqual((await readdir(join(out, "model"))).sort(), [
    "README.md",
    "manifest.json",
    "model.onnx",
    "model_quantized.onnx",
    "report.html",
  ]);
  assert.equal(await readFile(join(out, "model/model_quantized.onnx"), "utf8"), "q8");
});

test("a damaged bundle is not copied", async () => {
  await writeFile(join(root, "bundle/model_quantized.onnx"), "q9");
  const out = join(root, "other");
  await assert.rejects(copyBundle(join(root, "bundle"), out), /model_quantized\.onnx is damaged/);
});
