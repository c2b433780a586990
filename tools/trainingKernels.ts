/**
 * `node --import tsx tools/trainingKernels.ts [--zig COMMAND]`: compiles the kernels for training on WebAssembly,
 * the C files of pipeline/train/kernels/simd/, into binary.ts beside them. Needed after a change of those files only. Zig 0.17.1 is
 * PyPI's ziglang (`--zig "python3 -m ziglang"`).
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";
import { openZig, zigOption } from "./zig.ts";

const FOLDER = "pipeline/train/kernels/simd";
/** Without contraction: a fused multiply-add would give other bits where a machine has it. */
const FLAGS = [
  ...["-target", "wasm32-freestanding", "-O3", "-std=c11", "-g0", "-ffp-contract=off", "-msimd128"],
  ...["-fno-math-errno"],
  ...["-nostdlib", "-s", "-Wl,--no-entry", "-Wl,--import-memory", "-Wl,-z,stack-size=0"],
  // There is no stack: variables that do not fit into WebAssembly's locals would overwrite tfjs's memory.
  ...["-Wall", "-Wframe-larger-than=0", "-Werror"],
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
    const sources = (await readdir(FOLDER)).filter((name) => /\.[ch]$/.test(name)).sort();
    const paths = sources.map((name) => join(FOLDER, name));
    const out = join(folder, "kernels.wasm");
    run("cc", ...FLAGS, ...paths.filter((path) => path.endsWith(".c")), "-o", out);
    const hash = sha256(Buffer.concat(await Promise.all(paths.map((path) => readFile(path)))));
    const text = render(await readFile(out), hash);
    await writeFile(join(FOLDER, "binary.ts"), text);
  } finally {
    await rm(folder, { recursive: true });
  }
  return undefined;
});

function render(module: Buffer, hash: string): string {
  const lines = module.toString("hex").match(/.{1,96}/g)!;
  return `/** The C files of this folder, compiled by tools/trainingKernels.ts. */

/** SHA-256 of the sources, one after the other by name. */
export const SOURCE_HASH = "${hash}";

const HEX = \`
${lines.join("\n")}
\`;

/** A WebAssembly module that imports its memory as \`env.memory\`. */
export const KERNELS = Uint8Array.from(HEX.match(/\\w\\w/g)!, (byte) => Number.parseInt(byte, 16));
`;
}
