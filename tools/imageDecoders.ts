/**
 * `node --import tsx tools/imageDecoders.ts --sources FOLDER [--zig COMMAND]`: compiles predictor/image/libjpeg/, libpng/ and
 * libwebp/, each with the library of its name, to the decoder.wasm in them, the same bytes on every machine. Needed after a
 * change of those files only.
 *
 * The sources are those in the crates turbojpeg-sys 1.2.0, libpng-sys 1.1.11, libz-sys 1.1.31 and libwebp-sys 0.14.4: `cargo
 * vendor` puts them into a folder. Zig 0.17.1 is PyPI's ziglang (`--zig "python3 -m ziglang"`).
 */

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { sha256 } from "../node/files.ts";
import { LIBRARIES } from "../predictor/image/rowDecoder.ts";
import { openZig, ZIG, zigOption } from "./zig.ts";

const FOLDER = "predictor/image";
/** Shared by all of them. */
const SHARED = join(FOLDER, "wasm");

interface Build {
  /** In FOLDER. */
  readonly folder: string;
  readonly library: string;
  /** C files of the library, by their folder in the sources. */
  readonly files: Readonly<Record<string, readonly string[]>>;
  /** Folders of headers in the sources. */
  readonly include: readonly string[];
  /** Own C files. */
  readonly own: readonly string[];
  /** Flags of single files. */
  readonly flags?: Readonly<Record<string, readonly string[]>>;
}

const JPEG = "turbojpeg-sys/libjpeg-turbo/src";
const PNG = "libpng-sys/vendor";
const ZLIB = "libz-sys/src/zlib";
const WEBP = "libwebp-sys/vendor";

const BUILDS: readonly Build[] = [
  {
    ...LIBRARIES.jpeg,
    files: {
      // For 8 bits without scaling, palettes and arithmetic coding.
      [JPEG]: [
        ...["jcomapi", "jdapimin", "jdapistd", "jdcoefct", "jdcolor", "jddctmgr", "jdhuff"],
        ...["jdinput", "jdmainct", "jdmarker", "jdmaster", "jdphuff", "jdpostct", "jdsample"],
        ...["jidctint", "jmemmgr", "jutils"],
      ],
    },
    include: [JPEG],
    own: ["decode", "simd"],
    flags: {
      // The entropy decoders read 64 bits at a time under these macros, though addresses have 32.
      jdhuff: ["-D__x86_64__", "-D__ILP32__"],
      jdphuff: ["-D__x86_64__", "-D__ILP32__"],
    },
  },
  {
    ...LIBRARIES.png,
    files: {
      [PNG]: [
        ...["png", "pngerror", "pngget", "pngmem", "pngread", "pngrio", "pngrtran", "pngrutil"],
        ...["pngset", "pngtrans"],
      ],
      [ZLIB]: ["adler32", "crc32", "inffast", "inflate", "inftrees", "zutil"],
    },
    include: [PNG, ZLIB],
    own: ["decode"],
  },
  {
    ...LIBRARIES.webp,
    files: {
      [`${WEBP}/src/dec`]: [
        ...["alpha_dec", "buffer_dec", "frame_dec", "io_dec", "quant_dec", "tree_dec", "vp8_dec"],
        ...["vp8l_dec", "webp_dec"],
      ],
      [`${WEBP}/src/demux`]: ["demux"],
      [`${WEBP}/src/dsp`]: [
        ...["alpha_processing", "cpu", "dec", "dec_clip_tables", "filters", "lossless"],
        ...["rescaler", "upsampling", "yuv"],
      ],
      [`${WEBP}/src/utils`]: [
        ...["bit_reader_utils", "color_cache_utils", "filters_utils", "huffman_utils", "palette"],
        ...["quant_levels_dec_utils", "random_utils", "rescaler_utils", "thread_utils", "utils"],
      ],
    },
    include: [WEBP],
    own: ["decode"],
  },
];

const TARGET = ["-target", "wasm32-wasi"];
const COMPILE = [
  ...["-O3", "-std=gnu11", "-fno-strict-aliasing", "-g0"],
  ...["-msimd128", "-mbulk-memory", "-DNO_GETENV", "-Wno-unused-parameter"],
];
const LINK = [
  ...["-nostdlib", "-O3", "-s", "-Wl,--no-entry", "-Wl,--gc-sections", "-Wl,--export-memory"],
  ...["-Wl,-z,stack-size=65536"],
];
/** They define memcpy and the like, which must not become calls of themselves. */
const FREESTANDING = ["-fno-builtin"];

const program = {
  name: "node --import tsx tools/imageDecoders.ts",
  description: "Compiles the decoders of JPEG, PNG and WebP to WebAssembly.",
  schema: z.strictObject({
    sources: z.string().min(1).describe("folder with the libraries' crates"),
    zig: zigOption,
  }),
};

await runCommand(program, async ({ sources, zig }) => {
  const run = openZig(zig);
  for (const build of BUILDS) {
    const objects = await mkdtemp(join(tmpdir(), "image-decoder-"));
    try {
      await compile(build, sources, objects, run);
    } finally {
      await rm(objects, { recursive: true });
    }
  }
  return undefined;
});

async function compile(
  { folder, library, files, include, own, flags }: Build,
  sources: string,
  objects: string,
  run: (...args: string[]) => string,
): Promise<void> {
  const home = join(FOLDER, folder);
  const headers = [home, SHARED, ...include.map((name) => join(sources, name))];
  const all = [
    ...Object.entries(files).flatMap(([from, names]) =>
      names.map((name) => ({ path: join(sources, from, name), more: flags?.[name] ?? [] })),
    ),
    ...[...own.map((name) => join(home, name)), join(SHARED, "heap")].map((path) => ({
      path,
      more: FREESTANDING,
    })),
  ];
  const made = all.map(({ path, more }) => {
    const object = join(objects, `${basename(path)}.o`);
    const given = [...TARGET, ...COMPILE, ...more, ...headers.map((header) => `-I${header}`)];
    run("cc", ...given, "-c", `${path}.c`, "-o", object);
    return object;
  });
  const out = join(home, "decoder.wasm");
  run("cc", ...TARGET, ...LINK, ...made, "-o", out);
  await writeFile(join(home, "built.json"), await describe(home, library));
}

/** What decoder.wasm was built from: a test finds sources that were changed without building it. */
async function describe(home: string, library: string): Promise<string> {
  const hashes: Record<string, string> = {};
  for (const folder of [home, SHARED]) {
    for (const name of (await readdir(folder)).sort()) {
      if (!/\.(c|h|wasm)$/.test(name)) continue;
      const file = folder === SHARED ? `../${basename(SHARED)}/${name}` : name;
      hashes[file] = sha256(await readFile(join(folder, name)));
    }
  }
  return `${JSON.stringify({ library, zig: ZIG, hashes }, undefined, 2)}\n`;
}
