/** NOTICE names everything that is shipped. `npm run notice` writes it. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { renderNotice } from "../../tools/notice/render.ts";

test("every production package of the lock file is in NOTICE, with its version", async () => {
  const notice = new Set((await readFile("NOTICE", "utf8")).split("\n").map(nameAndVersion));
  const { packages } = JSON.parse(await readFile("package-lock.json", "utf8")) as {
    packages: Record<string, { dev?: boolean; link?: boolean; version?: string }>;
  };
  const shipped = Object.entries(packages).filter(
    ([path, { dev, link }]) => path.startsWith("node_modules/") && !dev && !link,
  );
  assert.ok(shipped.length > 200, `${shipped.length}`);
  const labels = shipped.map(
    ([path, { version }]) => `${path.replace(/^.*node_modules\//, "")} ${version}`,
  );
  assert.deepEqual(
    labels.filter((label) => !notice.has(label)),
    [],
    "npm run notice adds them",
  );
});

test("NOTICE is what the installed packages give", async () => {
  assert.ok((await readFile("NOTICE", "utf8")) === (await renderNotice()), "run npm run notice");
});

test("no package that is shipped has a licence that asks for more than a notice, but for libvips", async () => {
  const [, list] = (await readFile("NOTICE", "utf8")).split(/^\d\. .*$/m).slice(1);
  const lines = list!
    .trim()
    .split("\n")
    .filter((line) => / \d\S*: /.test(line));
  assert.ok(lines.length > 200);
  const free = /: \(?(MIT|ISC|BSD-\d-Clause|Apache-2\.0|0BSD|BlueOak-1\.0\.0|Unlicense)\b/;
  const others = lines.filter((line) => !free.test(line) || /GPL|MPL|CC-BY/.test(line));
  assert.deepEqual(
    others.filter((line) => !/^@img\/sharp-/.test(line)),
    [],
  );
});

/** Name and version in a line of the list, "express 5.1.0: MIT". */
function nameAndVersion(line: string): string {
  return line.replace(/: .*/, "");
}
