/** Atomic writes, leftovers of killed processes, checksums. */

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync, readFileSync } from "node:fs";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import {
  removeAllLeftovers,
  removeLeftovers,
  sha256,
  sha256File,
  temporaryPath,
  writeFileAtomic,
} from "../../node/files.ts";
import { processSpace } from "../../node/processSpace.ts";
import { folder } from "../pipeline/dataset/folder.ts";

test("writeFileAtomic creates folders, replaces files and leaves no temporary files", async (t) => {
  const dir = await folder(t);
  const path = join(dir, "a", "b", "file.json");
  await writeFileAtomic(path, "a long first content");
  await writeFileAtomic(path, new Uint8Array([104, 105]));
  assert.equal(await readFile(path, "utf8"), "hi");
  assert.deepEqual(await readdir(join(dir, "a", "b")), ["file.json"]);
});

test("a failed write keeps the old content and removes its temporary file", async (t) => {
  const dir = await folder(t, { "taken/inside": "old" });
  // A file cannot be renamed over a folder that has content.
  await assert.rejects(writeFileAtomic(join(dir, "taken"), "new"));
  assert.deepEqual(await readdir(dir), ["taken"]);
  assert.equal(await readFile(join(dir, "taken", "inside"), "utf8"), "old");
});

test("after concurrent writes, the file has the complete content of one of them", async (t) => {
  const dir = await folder(t);
  const path = join(dir, "file");
  const contents = ["a", "b", "c", "d"].map((letter) => letter.repeat(100_000));
  await Promise.all(contents.map((content) => writeFileAtomic(path, content)));
  assert.ok(contents.includes(await readFile(path, "utf8")));
  assert.deepEqual(await readdir(dir), ["file"]);
});

test("a file opened by onWritten keeps its content after another write", async (t) => {
  const path = join(await folder(t), "file");
  let file = -1;
  await writeFileAtomic(path, "mine", (temporary) => {
    assert.ok(!existsSync(path));
    file = openSync(temporary, "r");
  });
  t.after(() => closeSync(file));
  await writeFileAtomic(path, "theirs");
  assert.equal(readFileSync(file, "utf8"), "mine");
});

const SPACE = processSpace();

test("leftovers of dead processes are removed; those of running processes and other files stay", async (t) => {
  const dir = await folder(t);
  // The id of a process that has just ended is not in use.
  const { pid: dead } = spawnSync(process.execPath, ["--version"]);
  const kept = [
    `.pack.v1.${process.pid}-${SPACE}-00112233.tmp`,
    `.packXv1.${dead}-${SPACE}-00112233.tmp`, // "." in the name is not a wildcard
    `.other.${dead}-${SPACE}-00112233.tmp`,
    `.pack.v1.${dead}-${SPACE}-0011.tmp`,
    // From another container, whose processes are unknown here, but written just now.
    `.pack.v1.${dead}-0badc0de-00112233.tmp`,
    "pack.v1",
  ];
  for (const name of kept) await writeFile(join(dir, name), "-");
  await writeFile(join(dir, `.pack.v1.${dead}-${SPACE}-00112233.tmp`), "-");
  // Unfinished bundles are folders.
  await mkdir(join(dir, `.pack.v1.${dead}-${SPACE}-44556677.tmp`));
  await writeFile(join(dir, `.pack.v1.${dead}-${SPACE}-44556677.tmp`, "model.onnx"), "-");
  // From another container, and old.
  const old = join(dir, `.pack.v1.1-0badc0de-44556677.tmp`);
  await writeFile(old, "-");
  await utimes(old, new Date(0), new Date(0));
  await removeLeftovers(join(dir, "pack.v1"));
  assert.deepEqual((await readdir(dir)).sort(), kept.sort());
});

test("removeLeftovers removes paths of temporaryPath, and ignores missing folders", async (t) => {
  const dir = await folder(t);
  const { pid: dead } = spawnSync(process.execPath, ["--version"]);
  const own = temporaryPath(join(dir, "x"));
  const ofDead = own.replace(String(process.pid), String(dead));
  await writeFile(own, "-");
  await writeFile(ofDead, "-");
  await removeLeftovers(join(dir, "x"));
  assert.deepEqual([existsSync(own), existsSync(ofDead)], [true, false]);
  await removeLeftovers(join(dir, "no", "such", "folder"));
});

test("removeAllLeftovers removes the leftovers of all files, but no other files", async (t) => {
  const { pid: dead } = spawnSync(process.execPath, ["--version"]);
  const dir = await folder(t, {
    [`.a.b.${dead}-${SPACE}-00112233.tmp`]: "-",
    [`.c.${dead}-${SPACE}-00112233.tmp`]: "-",
    [`.c.${process.pid}-${SPACE}-00112233.tmp`]: "of this process",
    [`.c.${dead}-${SPACE}-00112233.tmp.txt`]: "-",
    "c.tmp": "-",
  });
  await removeAllLeftovers(dir);
  const left = [
    `.c.${process.pid}-${SPACE}-00112233.tmp`,
    `.c.${dead}-${SPACE}-00112233.tmp.txt`,
    "c.tmp",
  ];
  assert.deepEqual((await readdir(dir)).sort(), left.sort());
});

test("sha256 of text, bytes, and files that take several reads", async (t) => {
  // FIPS 180-2, appendix B.1.
  const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
  assert.equal(sha256("abc"), abc);
  assert.equal(sha256(Buffer.from("abc")), abc);
  const content = new Uint8Array(300_000).map((_, i) => i % 251);
  const dir = await folder(t, { abc: "abc", empty: "", long: content });
  assert.deepEqual(await sha256File(join(dir, "abc")), { bytes: 3, sha256: abc });
  assert.deepEqual(await sha256File(join(dir, "long")), {
    bytes: 300_000,
    sha256: sha256(content),
  });
  assert.equal((await sha256File(join(dir, "empty"))).bytes, 0);
  await assert.rejects(sha256File(join(dir, "none")), /ENOENT/);
});
