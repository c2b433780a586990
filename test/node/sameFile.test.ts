/** Paths of one file: written differently, through links, and of files that are not there yet. */

import assert from "node:assert/strict";
import { link, symlink } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { isSameFile } from "../../node/sameFile.ts";
import { folder } from "../pipeline/dataset/folder.ts";

test("a file is the same under all of its names", async (t) => {
  const dir = await folder(t, { "sub/a.csv": "a", "sub/b.csv": "a" });
  const at = (...names: string[]) => join(dir, ...names);
  await symlink(at("sub"), at("linked"));
  await symlink("a.csv", at("sub", "soft.csv"));
  await link(at("sub", "a.csv"), at("hard.csv"));
  const names = [`${dir}/sub/../sub/./a.csv`, relative(".", at("sub", "a.csv"))];
  for (const other of [...names, at("linked", "a.csv"), at("sub", "soft.csv"), at("hard.csv")]) {
    assert.ok(await isSameFile(at("sub", "a.csv"), other), other);
  }
  assert.ok(await isSameFile(at("sub", "new"), at("linked", "new")));
  assert.ok(!(await isSameFile(at("sub", "a.csv"), at("sub", "b.csv"))));
  assert.ok(!(await isSameFile(at("sub", "new"), at("new"))));
});
