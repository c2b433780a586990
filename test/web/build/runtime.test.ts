/** ONNX Runtime split in two: the profile fits the installed version, and another version stays whole. */

import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { sha256 } from "../../../node/files.ts";
import { runtimePlugin } from "../../../web/build/runtime/plugin.ts";
import { readProfile } from "../../../web/build/runtime/profile.ts";
import { splitRuntime } from "../../../web/build/runtime/split.ts";

const WASM = "ort-wasm-simd-threaded.wasm";
const dist = dirname(createRequire(import.meta.url).resolve("onnxruntime-web/wasm"));

test("the profile was measured for the installed onnxruntime-web, and halves what is downloaded", async () => {
  const wasm = await readFile(join(dist, WASM));
  const { sha256: measured, called } = await readProfile();
  assert.equal(measured, sha256(wasm), "run node --import tsx tools/runtimeProfile.ts");
  const { first } = splitRuntime(wasm, called);
  assert.ok(first.length < wasm.length / 2, `${first.length} of ${wasm.length} bytes`);
});

test("what the profile does not know stays whole, with a warning", async () => {
  const folder = await mkdtemp(join(tmpdir(), "marquee-runtime-"));
  await writeFile(join(folder, WASM), "another version");
  const warnings: string[] = [];
  const load = runtimePlugin().load as unknown as (id: string) => Promise<unknown>;
  const context = { warn: (text: string) => warnings.push(text) };
  assert.equal(await load.call(context, join(folder, `${WASM}?url`)), null);
  assert.match(warnings.join(), /visitors download the whole runtime.*tools\/runtimeProfile\.ts/);
  await rm(folder, { recursive: true });
});
