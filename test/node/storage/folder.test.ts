/** A storage in a folder: contents that are checked, and names that are given once. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";
import { testStorage } from "./behaviour.ts";

let root: string;
let storage: Storage;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-storage-"));
  storage = openStorage(root);
});
after(() => rm(root, { recursive: true, force: true }));

const pathOf = (digest: string) => join(root, "contents", digest.slice(0, 2), digest);

testStorage(
  () => storage,
  (digest) => writeFile(pathOf(digest), "other bytes"),
);

test("no temporary file is left", async () => {
  const content = Buffer.from("gates");
  const [digest] = await Promise.all(Array.from({ length: 5 }, () => storage.put(content)));
  assert.deepEqual(await readdir(join(pathOf(digest!), "..")), [digest]);
  await Promise.all(["a", "b"].map((text) => storage.name("names/two", text)));
  assert.deepEqual(await readdir(join(root, "names/names")), ["two"]);
});

test("other kinds of storage are refused", () => {
  assert.throws(() => openStorage("ftp://host/x"), /neither a folder nor s3:/);
});
