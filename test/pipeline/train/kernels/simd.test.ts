/** The compiled kernels are those of their source. */

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { sha256 } from "../../../../node/files.ts";
import { SOURCE_HASH } from "../../../../pipeline/train/kernels/simd/binary.ts";

test("binary.ts was compiled from kernels.c: node --import tsx tools/trainingKernels.ts", async () => {
  const source = new URL("../../../../pipeline/train/kernels/simd/kernels.c", import.meta.url);
  assert.equal(sha256(await readFile(source)), SOURCE_HASH);
});
