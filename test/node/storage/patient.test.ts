/** A storage that waits: a real disk that is full, and one that somebody clears. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { openFolder } from "../../../node/storage/folder.ts";
import { patient } from "../../../node/storage/patient.ts";
import { without } from "../../needs/needs.ts";

/** Bytes of the disk. */
const DISK = 512 * 1024;

let root: string;
const skip = without("mount");
before(async () => {
  root = await mkdtemp(join(tmpdir(), "marquee-disk-"));
  const disk = ["-t", "tmpfs", "-o", `size=${DISK}`, "tmpfs", root];
  if (skip === false) execFileSync("mount", disk);
});
after(async () => {
  if (skip === false) execFileSync("umount", [root]);
  await rm(root, { recursive: true, force: true });
});

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test("a full disk is said, waited for, and leaves nothing half-written", { skip }, async () => {
  const filler = join(root, "filler");
  await writeFile(filler, Buffer.alloc(DISK / 2));
  const path = join(root, "storage");
  const content = Buffer.alloc((DISK * 3) / 4, "weights ");
  const digest = sha256(content);
  const notices: string[] = [];
  const impatient = patient(openFolder(path), (text) => notices.push(text), [5, 5]);
  await assert.rejects(impatient.put(content), /ENOSPC/);
  assert.deepEqual(await filesIn(path), []);
  assert.equal(notices.length, 1, "once, however often it is tried");
  assert.match(notices[0]!, /storage is not available now \(ENOSPC: no space left.*; retrying/);

  notices.length = 0;
  const storage = patient(openFolder(path), (text) => {
    notices.push(text);
    if (/is not available/.test(text)) void rm(filler);
  });
  assert.equal(await storage.put(content), digest);
  assert.deepEqual(Buffer.from(await storage.get(digest)), content);
  assert.match(notices.join("\n"), /is not available now .*\n.*storage is available again$/);
  assert.deepEqual(await filesIn(path), [digest]);
});

test("what will fail again is not tried again", async () => {
  const notices: string[] = [];
  const folder = patient(openFolder(join(root, "none")), (text) => notices.push(text));
  await assert.rejects(folder.get(sha256("never put")), /is missing; do all machines/);
  assert.deepEqual(notices, []);
});
