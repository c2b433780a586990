/** The compiled kernels are those of their sources. */

import assert from "node:assert/strict";
import { readdir, readFile } from "node:fs/promises";
import { test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { SOURCE_HASH } from "../../../../pipeline/train/kernels/simd/binary.ts";

test("binary.ts was compiled from the C files beside it: node --import tsx tools/trainingKernels.ts", async () => {
  const folder = new URL("../../../../pipeline/train/kernels/simd/", import.meta.url);
  const names = (await readdir(folder)).filter((name) => /\.[ch]$/.test(name)).sort();
  assert.ok(names.includes("winograd.c") && names.includes("tiles.h"));
  const sources = await Promise.all(names.map((name) => readFile(new URL(name, folder))));
  assert.equal(sha256(Buffer.concat(sources)), SOURCE_HASH);
});
