/** Opening bundles: complete ones, damaged ones, and after a killed publish. */

import assert from "node:assert/strict";
import { renameSync, writeFileSync } from "node:fs";
import { appendFile, cp, rename, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { openBundle, openManifest, previousPath, resolveBundlePath } from "../../node/bundle.ts";
import { sha256 } from "../../node/files.ts";
import { FORMAT_VERSION, type Precision } from "../../predictor/manifest.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { folder } from "../pipeline/dataset/folder.ts";
import { sampleManifest } from "../predictor/sampleManifest.ts";

const FILES = { "model.onnx": "graph", "model_fp16.onnx": "half", "README.md": "card" };

/** Writes a bundle into a temporary folder and returns its path. */
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

test("a bundle opens with its manifest and the graph of a precision", async (t) => {
  const path = await bundleIn(t);
  const bundle = await openBundle(path);
  assert.equal(bundle.path, path);
  assert.deepEqual(labelsTarget(bundle.manifest.target).labels, ["Action", "Comedy", "Drama"]);
  assert.equal(Buffer.from(bundle.graph).toString(), "graph");
  assert.equal(Buffer.from((await openBundle(path, "fp16")).graph).toString(), "half");
});

test("later changes of the file do not change an opened graph", async (t) => {
  const path = await bundleIn(t);
  const { manifest, graph } = await openBundle(path);
  await writeFile(join(path, "model.onnx"), "another");
  assert.equal(sha256(graph), manifest.files["model.onnx"]!.sha256);
});

test("a bundle that is being replaced is read again", async (t) => {
  const path = await bundleIn(t);
  renameSync(path, `${path}-away`);
  const away = openBundle(path);
  setTimeout(() => renameSync(`${path}-away`, path), 5);
  assert.equal((await away).path, path);

  await writeFile(join(path, "model.onnx"), "of the next bundle");
  const mixed = openBundle(path);
  setTimeout(() => writeFileSync(join(path, "model.onnx"), "graph"), 5);
  assert.equal(Buffer.from((await mixed).graph).toString(), "graph");
});

test("an error for a missing precision lists the bundle's precisions", async (t) => {
  const path = await bundleIn(t);
  await assert.rejects(openBundle(path, "q8"), /has no q8 graph; it has fp32, fp16$/);
  await assert.rejects(openBundle(path, "int4" as Precision), /no int4 graph; it has fp32, fp16$/);
});

test("an error names all damaged and missing files", async (t) => {
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

test("a file that the machine fails to read is not called missing", async (t) => {
  const path = await bundleIn(t);
  await rm(join(path, "README.md"));
  await symlink("README.md", join(path, "README.md"));
  await assert.rejects(openBundle(path), {
    message: `${path} cannot be used: README.md cannot be read (ELOOP: too many symbolic links encountered).`,
  });
  await rm(join(path, "model.onnx"));
  await assert.rejects(
    openBundle(path),
    /: model\.onnx is missing; README\.md cannot be read \(.*\)\. Publish or download it again\.$/,
  );
});

test("files that the manifest does not list are ignored", async (t) => {
  const path = await bundleIn(t);
  await writeFile(join(path, ".DS_Store"), "-");
  await openBundle(path);
});

test("errors for a missing manifest or folder say how to get a bundle", async (t) => {
  const path = await bundleIn(t);
  await rm(join(path, "manifest.json"));
  await assert.rejects(
    openBundle(path),
    /m is not a bundle: it has no manifest\.json\. Publish one with "npm run pipeline -- --out .*m"\.$/,
  );
  await assert.rejects(
    openBundle(`${path}-none`),
    /m-none is not a bundle: it does not exist\. Publish one with/,
  );
});

test("the error for a folder of bundles names them, the first five of many", async (t) => {
  const path = await bundleIn(t);
  const models = dirname(path);
  const isAlone = (error: Error) =>
    error.message ===
    `${models} is not a bundle: it is a folder with the bundle ${path}: pass that.`;
  await assert.rejects(openBundle(models), isAlone);
  await assert.rejects(openManifest(models), isAlone);
  await cp(path, join(models, "a"), { recursive: true });
  await assert.rejects(
    openBundle(models),
    (error: Error) =>
      error.message ===
      `${models} is not a bundle: it is a folder with the bundles ${join(models, "a")} and ${path}: pass one of them.`,
  );
  for (const name of ["b", "c", "d", "e"]) await cp(path, join(models, name), { recursive: true });
  await assert.rejects(openBundle(models), /models\/d, \S+models\/e and 1 more: pass one of them/);
});

test("the error for a file says what a bundle is, and which is meant", async (t) => {
  const path = await bundleIn(t);
  const said = "it is a file, and a bundle is the folder that has manifest.json";
  for (const [file, message] of [
    [join(path, "model.onnx"), `${said}: pass ${path}.`],
    [join(path, "manifest.json"), `${said}: pass ${path}.`],
  ]) {
    await assert.rejects(
      openBundle(file!),
      (error: Error) => error.message === `${file} is not a bundle: ${message}`,
    );
  }
  const other = join(dirname(path), "other.onnx");
  await writeFile(other, "");
  await assert.rejects(
    openBundle(other),
    (error: Error) => error.message === `${other} is not a bundle: ${said}.`,
  );
});

test("the error for an invalid manifest names its path", async (t) => {
  const path = await bundleIn(t);
  await writeFile(join(path, "manifest.json"), `{"formatVersion": ${FORMAT_VERSION}}`);
  await assert.rejects(openBundle(path), (error: Error) =>
    error.message.startsWith(`${join(path, "manifest.json")} is not valid:`),
  );
});

test("after a publish killed between its two renames, the old bundle opens", async (t) => {
  const path = await bundleIn(t);
  const previous = previousPath(path);
  assert.equal(previous, join(path, "..", ".m.previous"));
  await rename(path, previous);
  assert.equal(resolveBundlePath(path), previous);
  assert.equal(resolveBundlePath(`${path}/`), previous);
  const bundle = await openBundle(path);
  assert.equal(bundle.path, previous);
  assert.equal(Buffer.from(bundle.graph).toString(), "graph");
});

test("if the old and the new bundle exist, the new one opens", async (t) => {
  const path = await bundleIn(t);
  await writeFile(previousPath(path), "-");
  assert.equal((await openBundle(path)).path, path);
});
