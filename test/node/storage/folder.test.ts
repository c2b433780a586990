/** A storage in a folder: contents that are checked, and names that are given once. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { openStorage } from "../../../node/storage/open.ts";
import type { Storage } from "../../../node/storage/storage.ts";

let root: string;
let storage: Storage;
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-storage-"));
  storage = openStorage(root);
});
after(() => rm(root, { recursive: true, force: true }));

const pathOf = (digest: string) => join(root, "contents", digest.slice(0, 2), digest);

test("a content is kept under its SHA-256, once", async () => {
  const content = Buffer.from("logits");
  const digests = await Promise.all(Array.from({ length: 5 }, () => storage.put(content)));
  assert.deepEqual(new Set(digests), new Set([sha256(content)]));
  assert.deepEqual(Buffer.from(await storage.get(digests[0]!)), content);
  assert.deepEqual(await readdir(join(pathOf(digests[0]!), "..")), [digests[0]], "nothing is left");
});

test("a damaged content is refused when it is read, and mended when it is put again", async () => {
  const digest = await storage.put(Buffer.from("weights"));
  await writeFile(pathOf(digest), "weihgts");
  await assert.rejects(storage.get(digest), /damaged: its content does not match/);
  await storage.put(Buffer.from("weights"));
  assert.equal(Buffer.from(await storage.get(digest)).toString(), "weights");
  await assert.rejects(storage.get(sha256("never put")), /missing; do all machines have the same/);
  await assert.rejects(storage.get("../../etc/passwd"), /is no SHA-256/);
});

test("of several writers the first names, and all are told what it named", async () => {
  assert.equal(await storage.named("outputs/one"), undefined);
  const writers = Array.from({ length: 8 }, (_, i) => `writer ${i}`);
  const named = await Promise.all(writers.map((text) => storage.name("outputs/one", text)));
  assert.equal(new Set(named).size, 1);
  assert.ok(writers.includes(named[0]!));
  assert.equal(await storage.named("outputs/one"), named[0]);
  assert.deepEqual(
    await readdir(join(root, "names/outputs")),
    ["one"],
    "no temporary file is left",
  );
});

test("names cannot lead outside, and other kinds of storage are refused", async () => {
  for (const name of ["../x", "a/../b", "/a", "a//b", ".hidden", "a\0b", ""]) {
    await assert.rejects(storage.named(name), /cannot name anything/, name);
    assert.throws(() => storage.scratch(name), /cannot name anything/, name);
  }
  assert.throws(() => openStorage("ftp://host/x"), /neither a folder nor s3:/);
});
