/**
 * `npm run bench:gpu:pack -- --data path/to/ml1m`: creates bench-gpu/, which runs on a machine with a GPU but without Node,
 * network and compiler, by the single command `bench-gpu/run.sh`; see docs/performance.md. Options are those of the
 * pipeline, for the training there, and `--smoke` and `--limit-mib`.
 *
 * The data set's licence forbids publishing the folder: git ignores it.
 */

import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { runCommand } from "../../node/command.ts";
import { sha256 } from "../../node/files.ts";
import { createOptions } from "../../node/options/options.ts";
import { createConsole } from "../../pipeline/common/console.ts";
import { effective } from "../../pipeline/config/compare.ts";
import { parseConfig } from "../../pipeline/config/options.ts";
import { type Config, configFields } from "../../pipeline/config/schema.ts";
import { imagesOf } from "../../pipeline/dataset/inputs.ts";
import { loadDataset } from "../../pipeline/dataset/load.ts";
import { openPosters } from "../../pipeline/run/readDataset.ts";
import { encodePosters } from "./nearLossless.ts";
import {
  bundleRun,
  checkPlatform,
  checkSize,
  compress,
  copyInstalled,
  PLATFORM,
  packNode,
  packVulkan,
  RUNTIME_MODULES,
} from "./packing.ts";

const OUT = "bench-gpu";
const out = createConsole();
const TABLES = ["genres.txt", "movies_train.dat", "movies_test.dat", "users.dat", "ratings.dat"];
const SMOKE_FLAGS =
  "--title-buckets 256 --title-dimensions 8 --title-epochs 1 --poster-height 24 --poster-width 16 --poster-channels 4,8 --poster-epochs 1 --ratings-epochs 1 --ratings-dimensions 16".split(
    " ",
  );
/** What the bundled run loads at run time, besides tfjs's WASM files. */
const MODULES = [
  ...RUNTIME_MODULES,
  ...["webgpu/package.json", "webgpu/index.js", `webgpu/dist/${PLATFORM}`],
];
const WASM_MODULE = "@tensorflow/tfjs-backend-wasm";
/** Scripts that the bundle starts in a process or in threads of their own, as files beside it. */
const STARTED = ["backends/probeWebgpu.mjs", "kernels/simd/taskRunner.mjs"];

/** Options of the pipeline that the training on the GPU machine does not have: it writes a report and no bundle. */
const OMITTED = {
  out: true,
  overwrite: true,
  resume: true,
  logDir: true,
  log: true,
  folds: true,
  foldWorkers: true,
  publish: true,
  comparisons: true,
  backend: true,
  threads: true,
} as const;

const program = {
  name: "npm run bench:gpu:pack --",
  description:
    "Packs programs and data for a training on WebGPU and WASM, for a GPU machine without Node or network. Options are the pipeline's, without those on folds, bundles and backends.",
  schema: configFields.omit(OMITTED).extend({
    smoke: z
      .boolean()
      .default(false)
      .describe("pack the sample with tiny towers, which train in a minute"),
    limitMib: z
      .number()
      .positive()
      .optional()
      .describe(
        "largest size of the folder in MiB; above it, the command fails (default: unlimited)",
      ),
  }),
};

await runCommand(program, async (options, argv) => {
  const {
    smoke,
    limitMib = Number.POSITIVE_INFINITY,
    ...fields
  } = options.smoke ? createOptions({ ...program, defaultFlags: SMOKE_FLAGS }).read(argv) : options;
  checkPlatform();
  const config = parseConfig(fields, "options");
  refuseFiles(config);
  const stage = mkdtempSync(join(tmpdir(), "marquee-pack-"));
  try {
    await packData(stage, config);
    await packProgram(stage);
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT);
    for (const script of ["run.sh", "common.sh"]) {
      cpSync(fileURLToPath(new URL(script, import.meta.url)), join(OUT, script));
    }
    out.stage("Compressing");
    // 9e takes minutes instead of seconds, and saves a tenth of the size.
    const preset = smoke ? "1" : "9e";
    // The x86 filter makes program code smaller and pixels larger.
    const filters = ["--x86", `--lzma2=preset=${preset}`];
    compress(stage, "program", join(OUT, "program.tar.xz"), filters);
    compress(stage, "data", join(OUT, "data.tar.xz"), filters.slice(1));
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  checkSize(OUT, limitMib, out);
});

/** @throws Error for options that need files that a pack does not have. */
function refuseFiles({ poster, title }: Config): void {
  if (poster.backbone !== undefined) {
    throw new Error("--poster-backbone is not supported: its files are not packed");
  }
  if (title.backbone !== undefined) {
    throw new Error("--title-backbone is not supported: its files are not packed");
  }
  if (title.embeddings !== undefined) {
    throw new Error("--title-embeddings is not supported: the file is not packed");
  }
}

/** Copies the tables, and encodes the posters at the model's size, in the order of their files' names. */
async function packData(stage: string, config: Config): Promise<void> {
  const { dataset, root } = await loadDataset(config);
  const posters = await openPosters({ dataset, root }, config, out);
  const paths = dataset.movies.flatMap((movie) => imagesOf(movie, dataset.inputs));
  const readable = paths.filter((path) => posters.has(path)).sort();
  const { height, width } = posters.spec;
  const size = height * width * 3;
  const pixels = new Uint8Array(readable.length * size);
  for (const [i, path] of readable.entries()) posters.read(path, pixels, i * size);
  posters.close();
  const images = join(stage, "data", "ml1m-images");
  mkdirSync(images, { recursive: true });
  for (const table of TABLES) cpSync(join(root, table), join(stage, "data", table));
  // Hashes stand in for the images, so that equal posters are still equal files: splits keep those on one side.
  for (const path of readable) {
    writeFileSync(join(images, basename(path)), sha256(readFileSync(path)));
  }
  writeFileSync(join(stage, "data", "posters.bin"), encodePosters(pixels, posters.spec));
  writeFileSync(join(stage, "data", "config.json"), JSON.stringify(effective(config)));
}

/** Node, the bundled run, and the modules that it loads. */
async function packProgram(stage: string): Promise<void> {
  const program = join(stage, "program");
  packNode(program, out);
  await bundleRun(fileURLToPath(new URL("./run.ts", import.meta.url)), program);
  for (const script of STARTED) {
    const path = fileURLToPath(new URL(`../../pipeline/train/${script}`, import.meta.url));
    cpSync(path, join(program, basename(script)));
  }
  copyModules(program);
  packVulkan(program, ["webgpu", "onnxruntime"], out);
}

function copyModules(program: string): void {
  copyInstalled(program, MODULES);
  copyInstalled(program, [`${WASM_MODULE}/package.json`]);
  const installed = (path: string) => resolve("node_modules", path);
  for (const name of readdirSync(installed(`${WASM_MODULE}/dist`))) {
    if (name.endsWith(".wasm")) copyInstalled(program, [`${WASM_MODULE}/dist/${name}`]);
  }
  // Threads load the first script by themselves and start with the second.
  for (const end of [".js", ".worker.js"]) {
    copyInstalled(program, [`${WASM_MODULE}/wasm-out/tfjs-backend-wasm-threaded-simd${end}`]);
  }
  // The bundle has the main script; the file only has to exist, for its folder to be found.
  const { main } = JSON.parse(readFileSync(installed(`${WASM_MODULE}/package.json`), "utf8"));
  writeFileSync(join(program, "node_modules", `${WASM_MODULE}/${main}`), "");
}
