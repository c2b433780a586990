/**
 * TensorFlow itself, through the binding that `npm run setup:tensorflow` builds, or through the packages
 * `@tensorflow/tfjs-node` and `-gpu` where users have installed them.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import {
  backend,
  getKernelsForBackend,
  type KernelBackend,
  registerBackend,
  removeBackend,
  setBackend,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { findNative, type Native } from "../../../node/native.ts";
import { reasonOf, type TrainingBackend } from "./trainingBackend.ts";

/** The name that all of them register under. */
const REGISTERED = "tensorflow";
/** The binding's, in the folder of a set-up. */
export const BINDING = "lib/tfjs_binding.node";

export const tensorflow: TrainingBackend = {
  name: "tensorflow",
  advice: "npm run setup:tensorflow (Linux on x64)",
  async start() {
    await load("tensorflow", "@tensorflow/tfjs-node");
    return { description: "tensorflow (CPU)", stop: forget };
  },
};

export const tensorflowGpu: TrainingBackend = {
  name: "tensorflow-gpu",
  advice: "an NVIDIA GPU with a driver for CUDA 12, then: npm run setup:tensorflow -- --gpu",
  async start() {
    await load("tensorflow-gpu", "@tensorflow/tfjs-node-gpu");
    // Without a GPU that it can use it computes on the CPU, and only prints so.
    if (!Reflect.get(backend(), "isUsingGpuDevice")) {
      forget();
      throw new Error("TensorFlow finds no GPU, or not the CUDA libraries it needs");
    }
    return { description: "tensorflow (GPU)", stop: forget };
  },
};

/** @throws Error with the reason, if neither the set-up nor the package is there, or it does not load. */
async function load(part: "tensorflow" | "tensorflow-gpu", name: string): Promise<void> {
  // Informative messages about the processor are not for users; warnings are.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= "1";
  const native = findNative(part);
  try {
    if (native) register(native, name);
    else await import(name);
  } catch (error) {
    throw new Error(
      isMissing(error, name)
        ? "TensorFlow is not set up"
        : `${native ? native.folder : name} does not load on Node ${process.versions.node}: ${reasonOf(error)}`,
    );
  }
  if (!(await setBackend(REGISTERED))) throw new Error(`${name} does not start`);
}

/** As a variable: what need not be installed cannot be resolved by compilers. */
const JAVASCRIPT: string = "@tensorflow/tfjs-node/dist";

/** What the package does when it is imported, without the rest of tfjs and without its search for the binding. */
function register({ folder }: Native, name: string): void {
  const require = createRequire(join(folder, "package.json"));
  // Node 23 removed it; tfjs-node 4.22 calls it.
  const util = require("node:util") as { isNullOrUndefined?: (value: unknown) => boolean };
  util.isNullOrUndefined ??= (value) => value === null || value === undefined;
  const binding: unknown = require(`./${BINDING}`);
  require(`${JAVASCRIPT}/register_all_kernels.js`);
  const { NodeJSKernelBackend } = require(`${JAVASCRIPT}/nodejs_kernel_backend.js`) as {
    NodeJSKernelBackend: new (binding: unknown, name: string) => KernelBackend;
  };
  registerBackend(REGISTERED, () => new NodeJSKernelBackend(binding, name));
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /MODULE_NOT_FOUND/.test(code ?? "") && message.includes(`'${name}'`);
}

/** Makes room for the other one, which registers under the same name. */
function forget(): void {
  for (const { kernelName } of getKernelsForBackend(REGISTERED)) {
    unregisterKernel(kernelName, REGISTERED);
  }
  removeBackend(REGISTERED);
}
