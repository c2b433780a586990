/** What every storage does, whatever keeps it: run for each kind. */

import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import type { Storage } from "../../../node/storage/storage.ts";

/**
 * @param storage To be called within tests.
 * @param damage Puts other bytes in the place of a content.
 * @param skip Why not to run, or false.
 */
export function testStorage(
  storage: () => Storage,
  damage: (digest: string) => Promise<void>,
  skip: string | false = false,
): void {
  test("a content is kept under its SHA-256, whoever puts it", { skip }, async () => {
    const content = Buffer.from("logits");
    const digests = await Promise.all(Array.from({ length: 5 }, () => storage().put(content)));
    assert.deepEqual(new Set(digests), new Set([sha256(content)]));
    assert.deepEqual(Buffer.from(await storage().get(digests[0]!)), content);
  });

  test("a content that is missing or damaged is refused", { skip }, async () => {
    await assert.rejects(
      storage().get(sha256("never put")),
      /missing; do all machines have the same/,
    );
    await assert.rejects(storage().get("../../etc/passwd"), /is not a SHA-256/);
    const digest = await storage().put(Buffer.from("weights"));
    await damage(digest);
    await assert.rejects(storage().get(digest), /damaged: its content does not match/);
  });

  test("a damaged content is mended when it is put again", { skip }, async () => {
    const content = Buffer.from("gates");
    const digest = await storage().put(content);
    await damage(digest);
    assert.equal(await storage().put(content), digest);
    assert.deepEqual(Buffer.from(await storage().get(digest)), content);
  });

  test("files go in and out whole, and are checked", { skip }, async () => {
    const folder = await mkdtemp(join(tmpdir(), "marquee-files-"));
    const [source, target] = [join(folder, "source"), join(folder, "new/target")];
    // Several pieces of a stream.
    const content = Buffer.alloc(300_000, "poster ");
    await writeFile(source, content);
    const digest = await storage().putFile(source);
    assert.equal(digest, sha256(content));
    assert.equal(await storage().putFile(source), digest);
    await storage().getFile(digest, target);
    assert.deepEqual(await readFile(target), content);
    await damage(digest);
    await assert.rejects(storage().getFile(digest, join(folder, "none")), /damaged: its content/);
    assert.deepEqual((await readdir(folder)).sort(), ["new", "source"], "nothing half-written");
    await storage().putFile(source);
    await storage().getFile(digest, target);
    await assert.rejects(storage().getFile(sha256("never"), target), /missing; do all machines/);
    assert.deepEqual(await readFile(target), content);
    await rm(folder, { recursive: true });
  });

  test("of several writers the first names, and all are told what it named", { skip }, async () => {
    assert.equal(await storage().named("outputs/one"), undefined);
    const writers = Array.from({ length: 8 }, (_, i) => `writer ${i}`);
    const named = await Promise.all(writers.map((text) => storage().name("outputs/one", text)));
    assert.equal(new Set(named).size, 1);
    assert.ok(writers.includes(named[0]!));
    assert.equal(await storage().named("outputs/one"), named[0]);
  });

  test("names have what the project's own names have", { skip }, async () => {
    for (const name of ["backbones/a1/model_weights.bin", "images/_1/main_image-Photo2.pack"]) {
      assert.equal(await storage().name(name, "text"), "text");
      assert.equal(await storage().named(name), "text");
      assert.ok(storage().scratch(name).folder.endsWith(join(name)));
    }
  });

  test("names cannot lead outside", { skip }, async () => {
    for (const name of ["../x", "a/../b", "/a", "a//b", ".hidden", "a\0b", ""]) {
      await assert.rejects(storage().named(name), /cannot name anything/, name);
      await assert.rejects(storage().name(name, "text"), /cannot name anything/, name);
      assert.throws(() => storage().scratch(name), /cannot name anything/, name);
    }
  });
}
