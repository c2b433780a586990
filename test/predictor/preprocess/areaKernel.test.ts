/** The compiled kernel is that of its source. UPDATE_KERNEL=1 writes it. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { test } from "node:test";
import wabt from "wabt";
import { AREA_KERNEL } from "../../../predictor/preprocess/areaKernel.ts";

const source = new URL("../../../predictor/preprocess/areaKernel.wat", import.meta.url);
const target = new URL("../../../predictor/preprocess/areaKernel.ts", import.meta.url);

test("areaKernel.ts is areaKernel.wat, compiled", async () => {
  const { parseWat } = await wabt();
  const module = parseWat("areaKernel.wat", await readFile(source, "utf8"), { simd: true });
  module.validate();
  const { buffer } = module.toBinary({});
  if (process.env.UPDATE_KERNEL) await writeFile(target, render(buffer));
  else assert.deepEqual(Buffer.from(AREA_KERNEL), Buffer.from(buffer));
});

function render(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes)
    .toString("hex")
    .match(/.{1,96}/g)!;
  return `/** areaKernel.wat, compiled: UPDATE_KERNEL=1 node --import tsx --test test/predictor/preprocess/areaKernel.test.ts */

const HEX = \`
${lines.join("\n")}
\`;

/** A WebAssembly module. */
export const AREA_KERNEL = Uint8Array.from(HEX.match(/\\w\\w/g)!, (byte) =>
  Number.parseInt(byte, 16),
);
`;
}
