/** Zip archives: whole, damaged, and made to take memory. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { readZip } from "../../../pipeline/pretrained/zip.ts";
import { InputError } from "../../../predictor/errors.ts";
import { zipFile } from "./zipFile.ts";

const text = (content: string) => new TextEncoder().encode(content);

test("stored and deflated files are read, stored ones as views", async () => {
  const long = text("abc".repeat(100));
  const bytes = zipFile([
    { path: "a/stored", content: text("one") },
    { path: "a/deflated", content: long, deflated: true },
    { path: "empty", content: text("") },
  ]);
  const entries = await readZip(bytes, "x.zip");
  assert.deepEqual([...entries.keys()], ["a/stored", "a/deflated", "empty"]);
  const stored = entries.get("a/stored")!.bytes();
  assert.equal(new TextDecoder().decode(stored), "one");
  assert.equal(stored.buffer, bytes.buffer);
  assert.deepEqual(Uint8Array.from(entries.get("a/deflated")!.bytes()), long);
  assert.equal(entries.get("a/deflated")!.stored, false);
  assert.equal(entries.get("empty")!.bytes().length, 0);
});

test("a truncated archive is refused, wherever it ends", async () => {
  const whole = zipFile([{ path: "a", content: text("one"), deflated: true }]);
  for (let length = 0; length < whole.length; length++)
    await assert.rejects(readZip(whole.subarray(0, length), "x.zip"), InputError);
});

test("files with another checksum or size than their header's are refused when they are read", async () => {
  const content = text("abc".repeat(100));
  const open = async (wrong: { crc?: number; size?: number }, deflated: boolean) =>
    (await readZip(zipFile([{ path: "a", content, deflated, wrong }]), "x.zip")).get("a")!;
  for (const deflated of [false, true]) {
    const entry = await open({ crc: 1 }, deflated);
    assert.throws(() => entry.bytes(), /x\.zip: a in it is damaged: its checksum is another one/);
  }
  // It inflates to no more than its header says.
  const bomb = await open({ size: 10 }, true);
  assert.throws(() => bomb.bytes(), /x\.zip: a in it is damaged/);
});

test("other ways of compression are refused", async () => {
  const bytes = zipFile([{ path: "a", content: text("one"), wrong: { method: 12 } }]);
  await assert.rejects(readZip(bytes, "x.zip"), /x\.zip: a in it is encrypted, or compressed/);
});
