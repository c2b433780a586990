/**
 * `npm run bench:gpu:cuda`: makes bench-gpu-cuda/, which compares ONNX Runtime's providers on a machine with an NVIDIA GPU but
 * without Node, network and compiler, by the single command `sh bench-gpu-cuda/run.sh`; see docs/performance.md. Its two
 * folders can be copied one after the other, where little can be copied at a time.
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import * as z from "zod";
import { runCommand } from "../../../node/command.ts";
import { PROVIDER, PROVIDER_FILES } from "../../../node/cudaProvider.ts";
import { findNative } from "../../../node/native.ts";
import { createConsole } from "../../../pipeline/common/console.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import {
  bundleRun,
  checkPlatform,
  checkSize,
  compress,
  copyInstalled,
  packNode,
  packVulkan,
  RUNTIME_MODULES,
} from "../packing.ts";
import { keepArchitecture } from "./fatbin.ts";
import { buildModels } from "./models.ts";

const OUT = "bench-gpu-cuda";
const out = createConsole();

const program = {
  name: "npm run bench:gpu:cuda --",
  description:
    "Packs programs and models that compare ONNX Runtime's CUDA, WebGPU and CPU, for a GPU machine without Node or network.",
  schema: z.strictObject({
    architecture: z
      .int()
      .positive()
      .default(90)
      .describe("compute capability of the GPU without its dot; 90 is H100 and H200"),
    limitMib: z
      .number()
      .positive()
      .default(50)
      .describe("largest size of each of the two folders in MiB; above it, the command fails"),
    preset: z
      .int()
      .min(0)
      .max(9)
      .default(3)
      .describe("of xz, 0 to 9: larger takes longer, and packs smaller"),
  }),
};

await runCommand(program, async ({ architecture, limitMib, preset }) => {
  checkPlatform();
  const native = findNative("cuda");
  if (native?.versions.cuda !== "13") {
    throw new Error(
      "the provider for CUDA 13 is not set up: npm run setup:cuda -- --cuda 13 --without-driver --fetch-libraries",
    );
  }
  const stage = mkdtempSync(join(tmpdir(), "marquee-pack-"));
  try {
    out.stage("Building the models");
    const folder = join(stage, "program");
    packNode(folder, out);
    await bundleRun(fileURLToPath(new URL("./run.ts", import.meta.url)), folder);
    copyInstalled(folder, RUNTIME_MODULES);
    packVulkan(folder, ["onnxruntime"], out);
    await packModels(join(folder, "models"));
    rmSync(OUT, { recursive: true, force: true });
    mkdirSync(OUT);
    for (const script of ["run.sh", "../common.sh"]) {
      cpSync(fileURLToPath(new URL(script, import.meta.url)), join(OUT, basename(script)));
    }
    out.stage("Compressing the program");
    const filters = ["--x86", `--lzma2=preset=${preset}`];
    compress(stage, "program", join(OUT, "program/program.tar.xz"), filters);
    rmSync(folder, { recursive: true });
    out.stage(`Trimming the provider to sm_${architecture}`);
    packProvider(native.folder, folder, architecture);
    out.stage("Compressing the provider");
    compress(stage, "program", join(OUT, "provider/provider.tar.xz"), filters);
  } finally {
    rmSync(stage, { recursive: true, force: true });
  }
  for (const name of ["program", "provider"]) checkSize(join(OUT, name), limitMib, out);
});

async function packModels(folder: string): Promise<void> {
  mkdirSync(folder);
  await startBackend("cpu");
  const models = await buildModels("models/ml1m");
  for (const { name, onnx } of models) writeFileSync(join(folder, `${name}.onnx`), onnx);
  const list = models.map(({ name, inputs }) => ({ name, inputs }));
  writeFileSync(join(folder, "models.json"), JSON.stringify(list));
}

/** The provider beside ONNX Runtime's library, as the program has it. */
function packProvider(native: string, folder: string, architecture: number): void {
  for (const name of PROVIDER_FILES) {
    const library = readFileSync(join(native, name));
    if (name === PROVIDER) {
      const { kept, zeroed } = keepArchitecture(library, architecture);
      out.line(
        `  ${(kept / 1e6).toFixed(1)} MB of machine code, ${(zeroed / 1e6).toFixed(1)} MB are zeros now`,
      );
    }
    const target = join(folder, "node_modules/onnxruntime-node/bin/napi-v6/linux/x64", name);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, library);
  }
}
