/** Tries WebGPU with shaders that the driver refuses, prints what came of it, and goes on by WASM. */

import { startBackend, tryBackend } from "../../../pipeline/train/backend.ts";
import { webgpu } from "../../../pipeline/train/backends/webgpu.ts";

export interface FaultyRun {
  /** Why WebGPU was refused. */
  readonly reason?: string;
  /** What runs instead. */
  readonly name: string;
}

interface Device {
  createShaderModule(descriptor: { code: string }): object;
}

/** As a variable: what need not be installed cannot be resolved by compilers. */
const PACKAGE: string = "webgpu";
const { globals } = (await import(PACKAGE)) as { globals: { GPUDevice: { prototype: Device } } };
const device = globals.GPUDevice.prototype;
const create = device.createShaderModule;
device.createShaderModule = function (descriptor) {
  return create.call(this, { ...descriptor, code: "this is no shader" });
};
const tried = await tryBackend(webgpu);
const { name } = await startBackend("wasm");
const run: FaultyRun = { ...("reason" in tried ? tried : {}), name };
console.log(`\n${JSON.stringify(run)}`);
