/**
 * `node --import tsx tools/jpegDecoder.ts --source FOLDER [--zig COMMAND]`: compiles predictor/image/libjpeg/ with libjpeg-turbo
 * to decoder.wasm beside it, the same bytes on every machine. Needed after a change of those files only.
 *
 * The folder has libjpeg-turbo 3.1.0: its `src`, as in its release or in the crate turbojpeg-sys 1.2.0 (`cargo vendor`). Zig
 * 0.17.1 is PyPI's ziglang (`--zig "python3 -m ziglang"`).
 */

import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";

const FOLDER = "predictor/image/libjpeg";
const ZIG = "0.17.1";
/** Of libjpeg-turbo: its decoder for 8 bits without scaling, palettes and arithmetic coding. */
const LIBRARY = [
  ...["jcomapi", "jdapimin", "jdapistd", "jdcoefct", "jdcolor", "jddctmgr", "jdhuff", "jdinput"],
  ...["jdmainct", "jdmarker", "jdmaster", "jdphuff", "jdpostct", "jdsample", "jidctint", "jmemmgr"],
  "jutils",
];
const OWN = ["decode", "simd"];
/** Of single files. */
const FLAGS: Readonly<Record<string, readonly string[]>> = {
  // The entropy decoders read 64 bits at a time under these macros, though addresses have 32.
  jdhuff: ["-D__x86_64__", "-D__ILP32__"],
  jdphuff: ["-D__x86_64__", "-D__ILP32__"],
  // It defines memcpy, which must not become a call of itself.
  decode: ["-fno-builtin"],
};

const TARGET = ["-target", "wasm32-wasi"];
const COMPILE = [
  ...["-O3", "-std=gnu11", "-fno-strict-aliasing", "-g0"],
  ...["-msimd128", "-mbulk-memory", "-DNO_GETENV", "-Wno-unused-parameter"],
];
const LINK = [
  ...["-nostdlib", "-O3", "-s", "-Wl,--no-entry", "-Wl,--gc-sections", "-Wl,--export-memory"],
  ...["-Wl,-z,stack-size=65536"],
];

const program = {
  name: "node --import tsx tools/jpegDecoder.ts",
  description: "Compiles libjpeg-turbo's decoder to WebAssembly.",
  schema: z.strictObject({
    source: z.string().min(1).describe("folder with libjpeg-turbo 3.1.0's C files"),
    zig: z.string().min(1).default("zig").describe(`command that runs Zig ${ZIG}`),
  }),
};

await runCommand(program, async ({ source, zig }) => {
  const [command, ...first] = zig.split(" ") as [string, ...string[]];
  const run = (...args: string[]) => {
    const { status, stdout, stderr, error } = spawnSync(command, [...first, ...args], {
      encoding: "utf8",
    });
    if (status !== 0) throw error ?? new Error(`${zig} ${args.join(" ")}:\n${stderr}`);
    return stdout.trim();
  };
  const version = run("version");
  if (version !== ZIG) throw new Error(`${zig} is Zig ${version}; ${ZIG} is needed`);
  const objects = await mkdtemp(join(tmpdir(), "jpeg-decoder-"));
  try {
    const files = [
      ...LIBRARY.map((name) => ({ name, folder: source })),
      ...OWN.map((name) => ({ name, folder: FOLDER })),
    ];
    const paths = files.map(({ name, folder }) => {
      const object = join(objects, `${name}.o`);
      const flags = FLAGS[name] ?? [];
      const from = join(folder, `${name}.c`);
      run(
        "cc",
        ...TARGET,
        ...COMPILE,
        ...flags,
        `-I${FOLDER}`,
        `-I${source}`,
        "-c",
        from,
        "-o",
        object,
      );
      return object;
    });
    const out = join(FOLDER, "decoder.wasm");
    run("cc", ...TARGET, ...LINK, ...paths, "-o", out);
    await writeFile(join(FOLDER, "built.json"), await describeBuild(out));
  } finally {
    await rm(objects, { recursive: true });
  }
  return undefined;
});

/** What decoder.wasm was built from: a test finds sources that were changed without building it. */
async function describeBuild(out: string): Promise<string> {
  const names = (await readdir(FOLDER)).filter((name) => /\.[ch]$/.test(name)).sort();
  const hashOf = async (file: string) => sha256(await readFile(file));
  const sources = await Promise.all(
    names.map(async (name) => [name, await hashOf(join(FOLDER, name))] as const),
  );
  const build = {
    "libjpeg-turbo": "3.1.0",
    zig: ZIG,
    sources: Object.fromEntries(sources),
    "decoder.wasm": await hashOf(out),
  };
  return `${JSON.stringify(build, undefined, 2)}\n`;
}
