/** A GPU without CUDA: tfjs's WebGPU backend on Dawn, which the package `webgpu` brings to Node: an optional peer. */

import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import {
  findBackendFactory,
  registerBackend,
  removeBackend,
  setBackend,
} from "@tensorflow/tfjs-core";
import { installCommand, type StartedBackend, type TrainingBackend } from "./trainingBackend.ts";

/** What an adapter says of itself. */
interface AdapterInfo {
  readonly vendor: string;
  readonly architecture: string;
  readonly description: string;
  readonly isFallbackAdapter?: boolean;
}

/** The little of the API that is used here; its types come with the package, which need not be there. */
interface Dawn {
  create(options: readonly string[]): Gpu;
  readonly globals: object;
}

interface Gpu {
  requestAdapter(options: { powerPreference: "high-performance" }): Promise<Adapter | null>;
}

interface Adapter {
  readonly info: AdapterInfo;
  readonly limits: Readonly<Record<string, number>>;
  requestDevice(descriptor: object): Promise<Device>;
}

interface Device {
  readonly queue: { onSubmittedWorkDone(): Promise<void> };
  destroy(): void;
  addEventListener(type: "uncapturederror", f: (event: { error: Error }) => void): void;
}

/** What the adapter allows more than every adapter must; tfjs's own registration asks for the same. */
const LIMITS = [
  "maxComputeWorkgroupStorageSize",
  "maxComputeWorkgroupsPerDimension",
  "maxStorageBufferBindingSize",
  "maxBufferSize",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
];
/** As a variable: what need not be installed cannot be resolved by compilers. */
const PACKAGE: string = "webgpu";
const PROBE_TIMEOUT_MS = 30_000;

export const webgpu: TrainingBackend = {
  name: "webgpu",
  advice: `a GPU and its driver (Vulkan on Linux, Metal on macOS, Direct3D 12 on Windows), and the package: ${installCommand(PACKAGE)}`,
  async objection() {
    const info = await findAdapter().catch(() => null);
    return info && isSoftware(info) ? `${nameOf(info)} is software, not a GPU` : undefined;
  },
  async start() {
    const info = await findAdapter();
    if (!info) throw new Error("there is no GPU, or no driver for it");
    return { description: `webgpu (${nameOf(info)})`, ...(await startDevice()) };
  },
};

function nameOf({ vendor, architecture, description }: AdapterInfo): string {
  return description || `${vendor} ${architecture}`.trim();
}

/** A processor that plays a GPU is slower than WebAssembly by far. */
function isSoftware(info: AdapterInfo): boolean {
  const names = `${info.description} ${info.architecture}`;
  return (
    info.isFallbackAdapter === true || /swiftshader|llvmpipe|lavapipe|basic render/i.test(names)
  );
}

let found: Promise<AdapterInfo | null> | undefined;

/** @returns Null without a GPU; a machine's GPUs do not change while a process runs. */
function findAdapter(): Promise<AdapterInfo | null> {
  found ??= probe();
  return found;
}

async function probe(): Promise<AdapterInfo | null> {
  const script = fileURLToPath(new URL("./probeWebgpu.mjs", import.meta.url));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [script], {
      timeout: PROBE_TIMEOUT_MS,
    });
    return JSON.parse(stdout);
  } catch (error) {
    const {
      stderr = "",
      signal,
      killed,
    } = error as { stderr?: string } & NodeJS.ErrnoException & {
        signal?: string;
        killed?: boolean;
      };
    if (stderr.includes(`Cannot find package '${PACKAGE}'`)) {
      throw new Error(`the package ${PACKAGE} is not installed`);
    }
    if (killed) throw new Error(`the driver does not answer within ${PROBE_TIMEOUT_MS / 1000} s`);
    const said = /^\w*Error: (.*)$/m.exec(stderr)?.[1];
    throw new Error(
      signal
        ? `requesting a GPU ends the process with ${signal}`
        : `the package ${PACKAGE} does not load: ${said ?? "it does not say why"}`,
    );
  }
}

/** Held to the end: Dawn lives as long as these, and a device without Dawn crashes the process. */
const instances: Gpu[] = [];

/** tfjs's own registration is left out: it looks for a browser, and keeps the device to itself. */
async function startDevice(): Promise<Pick<Required<StartedBackend>, "settle" | "stop">> {
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const { create, globals } = (await import(PACKAGE)) as Dawn;
  Object.assign(globalThis, globals);
  const gpu = create([]);
  instances.push(gpu);
  const adapter = await gpu.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error("the GPU that was there a moment ago is gone");
  const device = await adapter.requestDevice({
    requiredLimits: Object.fromEntries(LIMITS.map((name) => [name, adapter.limits[name]])),
  });
  let reported: Error | undefined;
  let chosen = false;
  device.addEventListener("uncapturederror", ({ error }) => {
    reported ??= new Error(`the GPU reports: ${error.message}`);
    // Shaders that fail leave zeros behind, and nothing computed from those is worth anything.
    if (chosen) throw reported;
  });
  // The backend's constructor asks for it; others would take the process for a browser.
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu }, configurable: true });
  try {
    if (findBackendFactory("webgpu")) removeBackend("webgpu");
    registerBackend("webgpu", () => new WebGPUBackend(device as never, adapter.info as never));
    if (!(await setBackend("webgpu"))) throw new Error("tfjs's WebGPU backend does not start");
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
  return {
    async settle() {
      await device.queue.onSubmittedWorkDone();
      if (reported) throw reported;
      chosen = true;
    },
    stop() {
      chosen = false;
      removeBackend("webgpu");
      device.destroy();
    },
  };
}
