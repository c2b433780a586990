/** What is said of files that cannot be read, from the errors that the system gives. */

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { isNoFile, whyUnread } from "../../node/fileErrors.ts";
import { folder } from "../pipeline/dataset/folder.ts";

/** @returns The error of reading a file. */
const errorOf = (path: string): Promise<unknown> =>
  readFile(path).then(
    () => assert.fail(`${path} can be read`),
    (error) => error,
  );

test("kinds that are known are said in words, others by the system's text, and never with the path", async (t) => {
  const dir = await folder(t, { "file.txt": "" });
  await mkdir(join(dir, "sub"));
  await symlink("loop", join(dir, "loop"));
  const cases: [path: string, reason: RegExp, noFile: boolean][] = [
    ["none", /^does not exist$/, true],
    ["file.txt/none", /^does not exist: a part of its path is a file, not a folder$/, true],
    ["sub", /^is a folder, not a file$/, true],
    ["loop", /^cannot be read \(ELOOP: [a-z ]+\)$/, false],
  ];
  for (const [name, reason, noFile] of cases) {
    const path = join(dir, name);
    const error = await errorOf(path);
    assert.match(whyUnread(path, error), reason);
    assert.equal(isNoFile(error), noFile, name);
  }
});

test("a file that may not be read is there", async () => {
  // The superuser may read all.
  const error = Object.assign(new Error("EACCES: permission denied, open 'a'"), {
    ...{ code: "EACCES", errno: -13, path: "a" },
  });
  assert.equal(whyUnread("a", error), "may not be read: permission denied");
  assert.equal(isNoFile(error), false);
});

test("an error of another file, and one of a library, keep their messages", async () => {
  const error = await errorOf("no/such/part.bin");
  assert.match(
    whyUnread("model.json", error),
    /^cannot be read \(ENOENT: .*'no\/such\/part\.bin'\)$/,
  );
  const gzip = Object.assign(new Error("unexpected end"), { code: "Z_BUF_ERROR", errno: -5 });
  assert.equal(whyUnread("a.gz", gzip), "cannot be read (unexpected end)");
  assert.equal(whyUnread("a", new Error("HTTP 404")), "cannot be read (HTTP 404)");
});

test("a failing disk is no missing file", {
  skip: existsSync("/proc/self/mem") ? false : "only Linux has a file that always fails",
}, async () => {
  const error = await errorOf("/proc/self/mem");
  assert.match(whyUnread("/proc/self/mem", error), /^cannot be read \(EIO: [a-z/ ]+\)$/);
  assert.equal(isNoFile(error), false);
});
