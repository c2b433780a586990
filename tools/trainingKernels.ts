/**
 * `node --import tsx tools/trainingKernels.ts [--zig COMMAND]`: compiles the kernels for training on WebAssembly,
 * pipeline/train/kernels/simd/kernels.c, into binary.ts beside it. Needed after a change of that file only. Zig 0.17.1 is PyPI's
 * ziglang (`--zig "python3 -m ziglang"`).
 */

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";
import { openZig, zigOption } from "./zig.ts";

const FOLDER = "pipeline/train/kernels/simd";
/** Without contraction: a fused multiply-add would give other bits where a machine has it. */
const FLAGS = [
  ...["-target", "wasm32-freestanding", "-O3", "-std=c11", "-g0", "-ffp-contract=off", "-msimd128"],
  ...["-nostdlib", "-s", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,-z,stack-size=0"],
];

const program = {
  name: "node --import tsx tools/trainingKernels.ts",
  description: "Compiles the kernels for training on WebAssembly.",
  schema: z.strictObject({
    zig: zigOption,
  }),
};

await runCommand(program, async ({ zig }) => {
  const run = openZig(zig);
  const folder = await mkdtemp(join(tmpdir(), "training-kernels-"));
  try {
    const source = join(FOLDER, "kernels.c");
    const out = join(folder, "kernels.wasm");
    run("cc", ...FLAGS, source, "-o", out);
    const text = render(await readFile(out), sha256(await readFile(source)));
    await writeFile(join(FOLDER, "binary.ts"), text);
  } finally {
    await rm(folder, { recursive: true });
  }
  return undefined;
});

function render(module: Buffer, hash: string): string {
  const lines = module.toString("hex").match(/.{1,96}/g)!;
  return `/** kernels.c, compiled by tools/trainingKernels.ts. */

/** SHA-256 of the source that it was compiled from. */
export const SOURCE_HASH = "${hash}";

const HEX = \`
${lines.join("\n")}
\`;

/** A WebAssembly module that imports its memory as \`env.memory\`. */
export const KERNELS = Uint8Array.from(HEX.match(/\\w\\w/g)!, (byte) => Number.parseInt(byte, 16));
`;
}
