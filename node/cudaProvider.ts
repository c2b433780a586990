/** ONNX Runtime's CUDA provider: what `npm run setup:cuda` makes, and what of it is here. */

import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { findNative } from "./native.ts";
import { packageVersion } from "./packageVersion.ts";

/** The provider, and what it needs of ONNX Runtime. */
export const PROVIDER = "libonnxruntime_providers_cuda.so";
export const PROVIDER_FILES = ["libonnxruntime_providers_shared.so", PROVIDER];

/** The folder of ONNX Runtime's own library: the only one where it looks for providers. */
export function runtimeFolder(): string {
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  return join(root, "bin/napi-v6", process.platform, process.arch);
}

const isInstalled = () => PROVIDER_FILES.every((name) => existsSync(join(runtimeFolder(), name)));

/** @returns What to do on a machine where CUDA does not work. */
export function adviseCuda(): string {
  const native = findNative("cuda");
  if (!native) {
    return isInstalled()
      ? "an NVIDIA GPU and its driver, and the CUDA libraries that the provider needs on LD_LIBRARY_PATH"
      : "an NVIDIA GPU with a driver for CUDA 12 or 13, then: npm run setup:cuda";
  }
  const { onnxruntime, cuda } = native.versions;
  const version = packageVersion("onnxruntime-node");
  if (onnxruntime !== version) {
    return `npm run setup:cuda: the provider in ${native.folder} is for ONNX Runtime ${onnxruntime}, but onnxruntime-node is ${version}`;
  }
  if (!isInstalled()) return "npm run setup:cuda: npm ci removed the links; this restores them";
  return `an NVIDIA GPU with a driver for CUDA ${cuda}`;
}

/** @returns Lines: the provider that is here, and where the system finds each library that it needs. */
export async function describeCuda(): Promise<string[]> {
  if (!isInstalled()) return ["no provider for ONNX Runtime"];
  const native = findNative("cuda");
  const provider = native
    ? `provider of ONNX Runtime ${native.versions.onnxruntime} for CUDA ${native.versions.cuda} in ${native.folder}`
    : `provider of ONNX Runtime ${packageVersion("onnxruntime-node")} in ${runtimeFolder()}`;
  const ldd = promisify(execFile)("ldd", [join(runtimeFolder(), PROVIDER)]);
  const { stdout } = await ldd.catch(() => ({ stdout: "" }));
  const libraries = [...stdout.matchAll(/^\s*(libcu\S+) => (.*?)(?: \(0x\w+\))?$/gm)];
  return [provider, ...libraries.map(([, name, path]) => `${name} ${path}`)];
}
