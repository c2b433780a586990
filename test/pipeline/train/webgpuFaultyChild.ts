/** Tries WebGPU with invalid shaders, prints the result, and continues on WASM. */

import { startBackend, tryBackend } from "../../../pipeline/train/backend.ts";
import { webgpu } from "../../../pipeline/train/backends/webgpu.ts";

export interface FaultyRun {
  /** Why WebGPU does not work. */
  readonly reason?: string;
  /** The backend that runs instead. */
  readonly name: string;
}

interface Device {
  createShaderModule(descriptor: { code: string }): object;
}

/** In a variable, because compilers cannot resolve a package that may not be installed. */
const PACKAGE: string = "webgpu";
const { globals } = (await import(PACKAGE)) as { globals: { GPUDevice: { prototype: Device } } };
const device = globals.GPUDevice.prototype;
const create = device.createShaderModule;
device.createShaderModule = function (descriptor) {
  return create.call(this, { ...descriptor, code: "this is not a shader" });
};
const attempt = await tryBackend(webgpu);
const { name } = await startBackend("wasm");
const run: FaultyRun = { ...("reason" in attempt ? attempt : {}), name };
console.log(`\n${JSON.stringify(run)}`);
