/** Where the files are that cells name, and what is said of names without one. */

import assert from "node:assert/strict";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { describeNoFile, type FileOptions, findFile } from "../../../pipeline/dataset/namedFile.ts";
import { folder } from "./folder.ts";

const FILES = [
  "a.png",
  "pics/a.png",
  "pics/v1.b.png",
  "data/a.png",
  "data/more/c.png",
  "data/d.jpg",
];
const rootOf = (t: Parameters<typeof folder>[0]) =>
  folder(t, Object.fromEntries(FILES.map((name) => [name, "-"])));

describe("a file is found", () => {
  const cases: [what: string, name: string, options: FileOptions, file: string, found: string][] = [
    ["beside a table in the description's folder", "a.png", {}, "items.csv", "a.png"],
    ["beside a table in another folder", "a.png", {}, "data/items.csv", "data/a.png"],
    ["below that folder", "more/c.png", {}, "data/items.csv", "data/more/c.png"],
    ["beside that folder", "../pics/a.png", {}, "data/items.csv", "pics/a.png"],
    ["in the folder that is named", "a.png", { folder: "pics" }, "data/items.csv", "pics/a.png"],
    ["in the description's own", "a.png", { folder: "." }, "data/items.csv", "a.png"],
    ["with blanks around its name", " a.png\t", {}, "items.csv", "a.png"],
    ["with a slash before its name", "/a.png", {}, "items.csv", "a.png"],
    [
      "with one of the extensions",
      "d",
      { extensions: ["png", ".jpg"] },
      "data/i.csv",
      "data/d.jpg",
    ],
    ["whose name has one", "a.png", { extensions: ["jpg"] }, "items.csv", "a.png"],
    ["whose name has a dot", "pics/v1.b", { extensions: ["png"] }, "items.csv", "pics/v1.b.png"],
    [
      "beside a folder of that name",
      "more/c",
      { extensions: ["png"] },
      "data/i.csv",
      "data/more/c.png",
    ],
  ];
  for (const [what, name, options, file, found] of cases) {
    test(what, async (t) => {
      const root = await rootOf(t);
      assert.deepEqual(findFile(name, options, { root, file }), { path: join(root, found) });
    });
  }

  test("beside a folder that has its name without extension", async (t) => {
    const root = await folder(t, { "a/b.png": "-", "a.png": "-" });
    const found = findFile("a", { extensions: ["jpg", "png"] }, { root, file: "items.csv" });
    assert.deepEqual(found, { path: join(root, "a.png") });
  });

  test("by an absolute path where the description says so", async (t) => {
    const root = await rootOf(t);
    const [path, table] = [join(root, "pics/a.png"), { root, file: "items.csv" }];
    assert.deepEqual(findFile(path, { folder: "/" }, table), { path });
    assert.deepEqual(findFile("a.png", { folder: join(root, "pics") }, table), { path });
  });
});

describe("without a file, it is said", () => {
  const cases: [
    what: string,
    name: string,
    options: FileOptions,
    message: string,
    exists?: true,
  ][] = [
    ["where it was looked for", "b.png", {}, 'but there is no file "data/b.png"'],
    [
      "with which extensions",
      "b",
      { folder: "pics", extensions: ["png", ".jpg"] },
      'but there is no file "pics/b", nor one that ends in ".png" or ".jpg"',
    ],
    ["that it is below a file", "a.png/b", {}, 'but there is no file "data/a.png/b"'],
    ["that it is a folder", "more", {}, 'but "data/more" is a folder, not a file', true],
    [
      "that it is a folder, whatever the extensions",
      "more/",
      { extensions: ["png"] },
      'but "data/more" is a folder, not a file',
      true,
    ],
    ["that it is on the web", "https://a.org/b.png", {}, "a web address; download the file first"],
    [
      "that it is absolute",
      "/no/b.png",
      {},
      'an absolute path, but names are relative to the folder of their table, or to "folder"; if they are meant, say "folder": "/"',
    ],
  ];
  for (const [what, name, options, message, exists = false] of cases) {
    test(what, async (t) => {
      const found = findFile(` ${name} `, options, {
        root: await rootOf(t),
        file: "data/items.csv",
      });
      assert.ok("absent" in found);
      assert.deepEqual(found.absent, { name, exists, why: message });
      const whole = `"photo" names ${JSON.stringify(name)}, ${message}`;
      assert.equal(describeNoFile("photo", found.absent), whole);
    });
  }

  test("that it is a device, which is not read", {
    skip: process.platform !== "linux",
  }, async (t) => {
    const table = { root: await rootOf(t), file: "items.csv" };
    const found = findFile("null", { folder: "/dev" }, table);
    assert.ok("absent" in found);
    assert.ok(found.absent.exists);
    assert.match(found.absent.why, /^but ".*dev\/null" is a pipe or a device, not a file$/);
  });

  test("that it may not be read", async (t) => {
    const root = await rootOf(t);
    await chmod(join(root, "a.png"), 0o000);
    const found = findFile("a.png", {}, { root, file: "items.csv" });
    const why = 'but "a.png" may not be read: permission denied';
    // Nothing is closed to a superuser.
    if (process.getuid?.() === 0) assert.ok("path" in found);
    else assert.deepEqual(found, { absent: { name: "a.png", exists: true, why } });
  });

  test("that its name is no name", async (t) => {
    const table = { root: await rootOf(t), file: "items.csv" };
    for (const name of ["x".repeat(5000), "a\0b"]) {
      const found = findFile(name, {}, table);
      assert.ok("absent" in found);
      assert.ok(describeNoFile("photo", found.absent).length < 300);
    }
  });
});
