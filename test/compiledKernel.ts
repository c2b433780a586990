/** WebAssembly kernels written by hand: the compiled module beside each is that of its source. */

import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { basename } from "node:path";
import wabt from "wabt";

export interface CompiledKernel {
  /** The .wat file; the module is in the .ts file of that name. */
  readonly source: URL;
  /** What the .ts file exports the module as, and its value. */
  readonly name: string;
  readonly module: Uint8Array;
  /** The test file that checks it, from the repository's root. */
  readonly test: string;
}

/** Compares the module with its source; UPDATE_KERNEL=1 writes it. */
export async function checkCompiled({ source, name, module, test }: CompiledKernel): Promise<void> {
  const { parseWat } = await wabt();
  const file = basename(source.pathname);
  const parsed = parseWat(file, await readFile(source, "utf8"), { simd: true });
  parsed.validate();
  const { buffer } = parsed.toBinary({});
  const target = new URL(source.href.replace(/\.wat$/, ".ts"));
  if (process.env.UPDATE_KERNEL) await writeFile(target, render(buffer));
  else assert.deepEqual(Buffer.from(module), Buffer.from(buffer));

  function render(bytes: Uint8Array): string {
    const lines = Buffer.from(bytes)
      .toString("hex")
      .match(/.{1,96}/g)!;
    return `/** ${file}, compiled: UPDATE_KERNEL=1 node --import tsx --test ${test} */

const HEX = \`
${lines.join("\n")}
\`;

/** A WebAssembly module. */
export const ${name} = Uint8Array.from(HEX.match(/\\w\\w/g)!, (byte) =>
  Number.parseInt(byte, 16),
);
`;
  }
}
