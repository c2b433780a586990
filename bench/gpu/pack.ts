/**
 * `npm run bench:gpu:pack -- --data path/to/ml1m`: makes bench-gpu/, which a machine with a GPU and nothing else can run: no
 * Node, no network, no compiler. `bench-gpu/run.sh` is the one command there; see docs/performance.md. Options are those of
 * the pipeline, and are what is trained with; `--smoke` and `--limit-mib` are its own.
 *
 * The folder holds what the data set's licence does not let anybody publish: git ignores it.
 */
import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { z } from "zod";
import { runCommand } from "../../node/command.ts";
import { sha256 } from "../../node/files.ts";
import { createOptions } from "../../node/options/options.ts";
import { createConsole } from "../../pipeline/common/console.ts";
import { effective } from "../../pipeline/config/compare.ts";
import { type Config, configSchema } from "../../pipeline/config/schema.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import { openPosters } from "../../pipeline/run/readDataset.ts";
import { encodePosters } from "./nearLossless.ts";

const OUT = "bench-gpu";
const PLATFORM = "linux-x64";
const out = createConsole();
const TABLES = ["genres.txt", "movies_train.dat", "movies_test.dat", "users.dat", "ratings.dat"];
const SMOKE = [
  ...["--title-buckets", "256", "--title-dimensions", "8", "--title-epochs", "1"],
  ...["--poster-height", "24", "--poster-width", "16", "--poster-channels", "4,8"],
  ...["--poster-epochs", "1", "--ratings-epochs", "1", "--ratings-dimensions", "16"],
];

const program = {
  name: "npm run bench:gpu:pack --",
  description:
    "Packs a training on WebGPU and WASM, program and data, for a GPU machine without Node or network. Options are the pipeline's.",
  schema: configSchema.safeExtend({
    smoke: z
      .boolean()
      .default(false)
      .describe("a pack of the sample with tiny towers, which runs in a minute anywhere"),
    limitMib: z
      .number()
      .positive()
      .optional()
      .describe("fail if the folder is larger than this many MiB (default: any size is made)"),
  }),
};

await runCommand(program, async (options, argv) => {
  const {
    smoke,
    limitMib = Number.POSITIVE_INFINITY,
    ...config
  } = options.smoke ? createOptions({ ...program, defaultFlags: SMOKE }).read(argv) : options;
  if (`${process.platform}-${process.arch}` !== PLATFORM) {
    throw new Error(`packs are made on ${PLATFORM}, with the files of that platform`);
  }
  refuseFiles(config);
  const stage = mkdtempSync(join(tmpdir(), "marquee-pack-"));
  try {
    await packData(stage, config);
    await packProgram(stage);
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT);
    cpSync(fileURLToPath(new URL("./run.sh", import.meta.url)), join(OUT, "run.sh"));
    out.stage("Compressing");
    // Minutes against seconds, for a tenth of the size.
    const preset = smoke ? "1" : "9e";
    // The filter knows the jumps of x86 code; pixels are better off without it.
    compress(stage, "program", ["--x86", `--lzma2=preset=${preset}`]);
    compress(stage, "data", [`--lzma2=preset=${preset}`]);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  const sizes = readdirSync(OUT).map((name) => [name, statSync(join(OUT, name)).size] as const);
  const total = sizes.reduce((sum, [, size]) => sum + size, 0) / 2 ** 20;
  for (const [name, size] of sizes) {
    out.line(`  ${name.padEnd(16)} ${(size / 2 ** 20).toFixed(1)} MiB`);
  }
  out.line(`  ${OUT} ${total.toFixed(1)} MiB`);
  if (total > limitMib) throw new Error(`${OUT} is larger than --limit-mib ${limitMib}`);
});

/** @throws Error for options that need what is not packed. */
function refuseFiles({ folds, poster, title }: Config): void {
  if (folds > 0) throw new Error("--folds starts processes of their own, which are not packed");
  if (poster.backbone !== undefined) throw new Error("the poster backbone's files are not packed");
  if (title.embeddings !== undefined) throw new Error("the word vectors' file is not packed");
}

/** Tables as they are; posters as the model sees them, in the order of their files' names. */
async function packData(stage: string, config: Config): Promise<void> {
  const { dataset, root } = await loadDataset(config);
  const posters = await openPosters({ dataset, root }, config, out);
  const paths = dataset.movies.flatMap(({ posterPath }) => posterPath ?? []);
  const kept = paths.filter((path) => posters.has(path)).sort();
  const { height, width } = posters.spec;
  const size = height * width * 3;
  const pixels = new Uint8Array(kept.length * size);
  for (const [i, path] of kept.entries()) posters.read(path, pixels, i * size);
  posters.close();
  const images = join(stage, "data", "ml1m-images");
  mkdirSync(images, { recursive: true });
  for (const table of TABLES) cpSync(join(root, table), join(stage, "data", table));
  // Files of equal posters stay equal files: splits keep them on one side.
  for (const path of kept) writeFileSync(join(images, basename(path)), sha256(readFileSync(path)));
  writeFileSync(join(stage, "data", "posters.bin"), encodePosters(pixels, posters.spec));
  writeFileSync(join(stage, "data", "config.json"), JSON.stringify(effective(config)));
}

async function packProgram(stage: string): Promise<void> {
  const program = join(stage, "program");
  mkdirSync(program);
  const node = join(program, "node");
  cpSync(process.execPath, node);
  try {
    execFileSync("strip", [node]);
  } catch {
    out.warn("without binutils' strip the pack is 1 MiB larger");
  }
  await build({
    entryPoints: [fileURLToPath(new URL("./run.ts", import.meta.url))],
    outfile: join(program, "run.mjs"),
    bundle: true,
    minify: true,
    platform: "node",
    format: "esm",
    external: ["onnxruntime-node", "webgpu"],
    // Nothing is decoded there, and libvips is large.
    alias: { sharp: fileURLToPath(new URL("./noSharp.ts", import.meta.url)) },
    banner: {
      js: 'import { createRequire as __require } from "node:module"; import { dirname as __d } from "node:path"; import { fileURLToPath as __f } from "node:url"; const require = __require(import.meta.url); const __filename = __f(import.meta.url); const __dirname = __d(__filename);',
    },
    logLevel: "error",
  });
  cpSync(
    fileURLToPath(new URL("../../pipeline/train/backends/probeWebgpu.mjs", import.meta.url)),
    join(program, "probeWebgpu.mjs"),
  );
  const modules = (path: string) =>
    [resolve("node_modules", path), join(program, "node_modules", path)] as const;
  const copy = (path: string) => cpSync(...modules(path), { recursive: true });
  for (const path of [
    ...["onnxruntime-node/package.json", "onnxruntime-node/dist", "onnxruntime-common"],
    "onnxruntime-node/bin/napi-v6/linux/x64",
    ...["webgpu/package.json", "webgpu/index.js", `webgpu/dist/${PLATFORM}`],
  ]) {
    copy(path);
  }
  // The script is in the bundle; only the modules it loads are looked for here.
  const wasm = "@tensorflow/tfjs-backend-wasm";
  copy(`${wasm}/package.json`);
  for (const name of readdirSync(modules(`${wasm}/dist`)[0])) {
    if (name.endsWith(".wasm")) copy(`${wasm}/dist/${name}`);
  }
  // Threads have a script of their own, and start by another.
  for (const end of [".js", ".worker.js"]) {
    copy(`${wasm}/wasm-out/tfjs-backend-wasm-threaded-simd${end}`);
  }
  const { main } = JSON.parse(readFileSync(modules(`${wasm}/package.json`)[0], "utf8"));
  writeFileSync(modules(`${wasm}/${main}`)[1], "");
}

function compress(stage: string, folder: string, filters: readonly string[]): void {
  const archive = join(OUT, `${folder}.tar.xz`);
  execFileSync("tar", ["-C", stage, "-cf", archive, "-I", `xz -T1 ${filters.join(" ")}`, folder]);
}
