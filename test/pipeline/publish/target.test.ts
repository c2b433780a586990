/** Which targets a run may replace, told before anything is read. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readdir, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  checkApart,
  checkTarget,
  freeTarget,
  type Origin,
  resolveTarget,
} from "../../../pipeline/publish/target.ts";
import { FORMAT_VERSION } from "../../../predictor/manifest.ts";
import { sampleManifest } from "../../predictor/sampleManifest.ts";
import { folder } from "../dataset/folder.ts";

test("nothing, an empty folder and a bundle may be replaced; nothing is made", async (t) => {
  const manifest = sampleManifest();
  const { inputs: preprocess, ...others } = manifest;
  const dir = await folder(t, {
    "bundle/manifest.json": JSON.stringify(manifest),
    // Another version: still nobody's thesis.
    "later/manifest.json": JSON.stringify({ ...manifest, formatVersion: FORMAT_VERSION + 1 }),
    "earlier/manifest.json": JSON.stringify({ ...others, formatVersion: 2, preprocess }),
  });
  await mkdir(join(dir, "empty"));
  const before = await readdir(dir);
  for (const name of [
    "nothing",
    join("new", "and", "deep"),
    "empty",
    "bundle",
    "later",
    "earlier",
  ]) {
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
    /notes cannot be published to: it is a folder with other content, without a bundle's manifest\.json \(a\.txt, b\.txt, c\.txt and 1 more\)/,
  );
  for (const name of ["site", "half"]) {
    await assert.rejects(checkTarget(join(dir, name)), /other content, .* \(manifest\.json\)/);
  }
  await assert.rejects(checkTarget(join(dir, "file")), /: it is a file, not a folder\. Give/);
  await symlink(join(dir, "nowhere"), join(dir, "dangling"));
  await assert.rejects(checkTarget(join(dir, "dangling")), /cannot be read as a folder/);
});

test("a path through a file is refused, and the file named", async (t) => {
  const dir = await folder(t, { file: "-" });
  for (const name of [join("file", "model"), join("file", "deep", "model")]) {
    await assert.rejects(checkTarget(join(dir, name)), (error: Error) =>
      error.message.endsWith(`: ${join(dir, "file")} is not a folder. Give another --out.`),
    );
  }
});

test("a folder that takes nothing, whatever its permissions say, is refused", {
  skip: existsSync("/proc/self") ? false : "only Linux has a folder that takes nothing of anybody",
}, async () => {
  await assert.rejects(
    checkTarget("/proc/model"),
    /^Error: \/proc\/model cannot be published to: \/proc cannot be written to \(E\w+: [a-z ]+\)\. Give another --out\.$/,
  );
});

test("asking leaves nothing behind", async (t) => {
  const dir = await folder(t, { file: "-" });
  await checkTarget(join(dir, "deep", "model"));
  assert.deepEqual(await readdir(dir), ["file"]);
});

const ORIGIN: Origin = {
  dataset: "shop",
  datasetSha256: "aa",
  config: { seed: 1, out: "x", poster: { epochs: 3 } },
};

/** A bundle of this origin, as the files of a folder. */
function bundle(origin: Partial<Origin> = {}, extra: Record<string, string> = {}) {
  const { provenance, ...manifest } = sampleManifest();
  const text = JSON.stringify({
    ...manifest,
    files: { "model.onnx": { bytes: 1, sha256: "0".repeat(64) } },
    provenance: { ...provenance, ...ORIGIN, ...origin },
  });
  return { "manifest.json": text, "model.onnx": "-", ...extra };
}

function inFolder(name: string, files: Record<string, string>): Record<string, string> {
  return Object.fromEntries(
    Object.entries(files).map(([file, text]) => [`${name}/${file}`, text] as const),
  );
}

test("a bundle of another data set or configuration is somebody's model, unless --overwrite", async (t) => {
  const dir = await folder(t, {
    ...inFolder("same", bundle({ config: { ...ORIGIN.config, out: "elsewhere" } })),
    ...inFolder("data", bundle({ dataset: "toys", datasetSha256: "bb" })),
    ...inFolder("options", bundle({ config: { seed: 1, poster: { epochs: 40 } } })),
  });
  const same = await checkTarget(join(dir, "same"), { origin: ORIGIN });
  assert.equal(same?.dataset, "shop");
  await assert.rejects(
    checkTarget(join(dir, "data"), { origin: ORIGIN }),
    /data cannot be published to: it is a bundle of another data set \(toys\)\. Give another --out, or --overwrite/,
  );
  await assert.rejects(
    checkTarget(join(dir, "options"), { origin: ORIGIN }),
    /it is a bundle of another configuration \(poster\.epochs: 40 -> 3\)/,
  );
  for (const name of ["data", "options"]) {
    const replaced = await checkTarget(join(dir, name), { origin: ORIGIN, overwrite: true });
    assert.ok(replaced?.createdAt);
  }
});

test("what is beside a bundle would be lost: refused, with --overwrite too", async (t) => {
  const dir = await folder(t, {
    ...inFolder("notes", bundle({}, { "notes.txt": "-", "logs/run.log": "-" })),
  });
  for (const overwrite of [false, true]) {
    await assert.rejects(
      checkTarget(join(dir, "notes"), { origin: ORIGIN, overwrite }),
      /beside a bundle it holds other files \(logs, notes\.txt\); publishing would delete them/,
    );
  }
});

test("the default name is one that is free, or a bundle of the same run", async (t) => {
  const dir = await folder(t, {
    ...inFolder("shop", bundle({ datasetSha256: "bb" })),
    ...inFolder("shop-2", bundle({}, { "notes.txt": "-" })),
    ...inFolder("toys", bundle()),
  });
  assert.equal(await freeTarget(dir, "shop", ORIGIN), join(dir, "shop-3"));
  assert.equal(await freeTarget(dir, "toys", ORIGIN), join(dir, "toys"));
  assert.equal(await freeTarget(join(dir, "new"), "shop", ORIGIN), join(dir, "new", "shop"));
});

test("a link stays, and what it points to is replaced", async (t) => {
  const dir = await folder(t, inFolder("real", bundle()));
  await symlink(join(dir, "real"), join(dir, "link"));
  assert.equal(await resolveTarget(join(dir, "link")), join(dir, "real"));
  assert.equal(await resolveTarget(join(dir, "nothing")), join(dir, "nothing"));
});

test("an --out inside, around or equal to another folder of the run is refused", async (t) => {
  const dir = await folder(t, { "data/x": "-" });
  const out = join(dir, "out");
  await checkApart(out, {
    "--data": join(dir, "data"),
    "--cache": join(dir, "out-2"),
    "--x": undefined,
  });
  const cases: [target: string, other: string, where: string][] = [
    [out, join(out, "cache"), "contains"],
    [join(dir, "data", "out"), join(dir, "data"), "is inside"],
    [join(dir, "data"), join(dir, "data"), "is"],
  ];
  for (const [target, other, where] of cases) {
    await assert.rejects(
      checkApart(target, { "--cache": other }),
      (error: Error) => error.message.startsWith(`--out ${target} ${where} --cache ${other};`),
      where,
    );
  }
});
