/** Scratch folders of a bucket, whatever keeps the objects: here a map. */

import assert from "node:assert/strict";
import { readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openScratch } from "../../../node/storage/s3Scratch.ts";
import { folder } from "../../pipeline/dataset/folder.ts";

/** @returns The objects, and scratch folders of machines that share them. */
function createBucket() {
  const objects = new Map<string, Buffer>();
  const open = (path: string) =>
    openScratch(path, "scratch/one/", {
      list: async () => new Map([...objects].map(([key, { length }]) => [key, length])),
      read: (key, file) => writeFile(file, objects.get(key)!),
      write: async (key, file) => void objects.set(key, await readFile(file)),
      remove: async (key) => void objects.delete(key),
    });
  return { objects, open };
}

test("what one machine leaves another one takes, whatever the group is called", async (t) => {
  const { open } = createBucket();
  const name = `main_image-0003-${"a".repeat(32)}.safetensors`;
  await open(await folder(t, { [name]: "state" })).push();
  const there = await folder(t, {});
  await open(there).pull();
  assert.equal(await readFile(join(there, name), "utf8"), "state");
});

test("what was left stays where the folder cannot be listed, and goes where it was removed", async (t) => {
  const { objects, open } = createBucket();
  const here = await folder(t, { "a.txt": "a" });
  const scratch = open(here);
  await scratch.push();
  await rm(here, { recursive: true });
  await symlink(here, here);
  await assert.rejects(scratch.push(), { code: "ELOOP" });
  assert.deepEqual([...objects.keys()], ["scratch/one/a.txt"]);
  await rm(here);
  await scratch.push();
  assert.equal(objects.size, 0);
});

test("a file that nobody could take is refused before anything is left", async (t) => {
  const { objects, open } = createBucket();
  const here = await folder(t, { "a.txt": "a", "b c.txt": "b" });
  await assert.rejects(open(here).push(), /"b c\.txt" cannot name anything in a storage/);
  assert.equal(objects.size, 0);
});
