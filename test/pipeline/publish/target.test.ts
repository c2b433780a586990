/** Which targets a run may replace, told before anything is read. */

import assert from "node:assert/strict";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { checkTarget } from "../../../pipeline/publish/target.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";
import { folder } from "../dataset/folder.ts";

test("nothing, an empty folder and a bundle may be replaced; nothing is made", async (t) => {
  const manifest = JSON.stringify(sampleManifest());
  const dir = await folder(t, {
    "bundle/manifest.json": manifest,
    "bundle/model.onnx": "-",
    // Of a later version, or damaged elsewhere: still nobody's thesis.
    "later/manifest.json": manifest.replace('"formatVersion":2', '"formatVersion":3'),
  });
  await mkdir(join(dir, "empty"));
  const before = await readdir(dir);
  for (const name of ["nothing", join("new", "and", "deep"), "empty", "bundle", "later"]) {
    await checkTarget(join(dir, name));
  }
  assert.deepEqual(await readdir(dir), before);
});

test("other folders are refused by name, other programs' manifests too", async (t) => {
  const dir = await folder(t, {
    "notes/a.txt": "-",
    "notes/b.txt": "-",
    "notes/c.txt": "-",
    "notes/d.txt": "-",
    "site/manifest.json": '{"name":"an app","icons":[]}',
    "half/manifest.json": '{"formatVersion":1,',
    file: "-",
  });
  await assert.rejects(
    checkTarget(join(dir, "notes")),
    /notes cannot be published to: it is a folder with other content \(a\.txt, b\.txt, c\.txt and 1 more\)/,
  );
  for (const name of ["site", "half"]) {
    await assert.rejects(checkTarget(join(dir, name)), /other content \(manifest\.json\)/);
  }
  await assert.rejects(checkTarget(join(dir, "file")), /cannot be read as a folder/);
  await symlink(join(dir, "nowhere"), join(dir, "dangling"));
  await assert.rejects(checkTarget(join(dir, "dangling")), /cannot be read as a folder/);
});

test("a path through a file is refused, and the file named", async (t) => {
  const dir = await folder(t, { file: "-" });
  for (const name of [join("file", "model"), join("file", "deep", "model")]) {
    await assert.rejects(checkTarget(join(dir, name)), (error: Error) =>
      error.message.endsWith(`: ${join(dir, "file")} is not a folder.`),
    );
  }
});
