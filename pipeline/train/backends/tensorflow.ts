/** TensorFlow itself, through `@tensorflow/tfjs-node` or `-gpu`: packages that users install beside ours, if they want them. */

import {
  backend,
  getKernelsForBackend,
  removeBackend,
  setBackend,
  unregisterKernel,
} from "@tensorflow/tfjs-core";
import { installCommand, reasonOf, type TrainingBackend } from "./trainingBackend.ts";

/** The name that both packages register under. */
const REGISTERED = "tensorflow";
/** Theirs fetch libtensorflow and the binding. */
const SCRIPTS = { scripts: true };
const NODE_VERSIONS = "Node 20 or 22: Node 23 removed functions that it calls";

export const tensorflow: TrainingBackend = {
  name: "tensorflow",
  advice: `${installCommand("@tensorflow/tfjs-node", SCRIPTS)} (${NODE_VERSIONS})`,
  async start() {
    await load("@tensorflow/tfjs-node");
    return { description: "tensorflow (CPU)", stop: forget };
  },
};

export const tensorflowGpu: TrainingBackend = {
  name: "tensorflow-gpu",
  advice: `${installCommand("@tensorflow/tfjs-node-gpu", SCRIPTS)}, with CUDA 11.2 and cuDNN 8.1 (${NODE_VERSIONS})`,
  async start() {
    await load("@tensorflow/tfjs-node-gpu");
    // Without a GPU that it can use it computes on the CPU, and only prints so.
    if (!Reflect.get(backend(), "isUsingGpuDevice")) {
      forget();
      throw new Error("@tensorflow/tfjs-node-gpu finds no GPU, or not the CUDA libraries it needs");
    }
    return { description: "tensorflow (GPU)", stop: forget };
  },
};

/** The package registers its backend and kernels when it is imported. */
async function load(name: string): Promise<void> {
  try {
    await import(name);
  } catch (error) {
    throw new Error(
      isMissing(error, name)
        ? `${name} is not installed`
        : `${name} does not load on Node ${process.versions.node}: ${reasonOf(error)}`,
    );
  }
  if (!(await setBackend(REGISTERED))) throw new Error(`${name} does not start`);
}

function isMissing(error: unknown, name: string): boolean {
  const { code, message } = error as NodeJS.ErrnoException;
  return /MODULE_NOT_FOUND/.test(code ?? "") && message.includes(`'${name}'`);
}

/** Makes room for the other package, which registers under the same name. */
function forget(): void {
  for (const { kernelName } of getKernelsForBackend(REGISTERED)) {
    unregisterKernel(kernelName, REGISTERED);
  }
  removeBackend(REGISTERED);
}
