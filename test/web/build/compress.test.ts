import assert from "node:assert/strict";
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { compressFiles } from "../../../web/build/compress.ts";

test("copies that unpack to the file, where they gain something, in folders, too", async () => {
  const root = await mkdtemp(join(tmpdir(), "marquee-compress-"));
  const text = "marquee ".repeat(1000);
  await mkdir(join(root, "assets"));
  await writeFile(join(root, "assets/main.js"), text);
  await writeFile(join(root, "assets/picture.png"), text);
  await writeFile(join(root, "small.html"), "<p>");
  await compressFiles(root, "best");
  assert.deepEqual((await readdir(join(root, "assets"))).sort(), [
    "main.js",
    "main.js.br",
    "main.js.gz",
    "picture.png",
  ]);
  assert.ok(!(await readdir(root)).includes("small.html.br"));
  const read = (name: string) => readFile(join(root, "assets", name));
  assert.equal(brotliDecompressSync(await read("main.js.br")).toString(), text);
  assert.equal(gunzipSync(await read("main.js.gz")).toString(), text);
  await rm(root, { recursive: true });
});
