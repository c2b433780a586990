/** Starts the kernels of this folder on the memory of tfjs's WASM backend. */

import { type BackendWasm, getThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import { sharedMemory } from "../../wasmThreads.ts";
import { KERNELS } from "./binary.ts";
import type { WasmMemory } from "./memory.ts";
import { onOneThread, onThreads, type Run } from "./threads.ts";

/** The part of the API used here: TypeScript's ECMAScript libraries do not have it. */
declare const WebAssembly: {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => { exports: unknown };
};

/** Kernels by the names and with the arguments that their sources say; addresses are those of tensors in the memory. */
export interface SimdKernels {
  readonly run: Run;
  /** Threads that compute, each of which needs its own scratch. */
  readonly threads: number;
}

/** The kernels on each memory that a backend has had. */
const started = new WeakMap<WasmMemory, SimdKernels>();

/** The kernels, started at the first call. */
export function simdKernels(backend: object): SimdKernels {
  const memory = memoryOf(backend as BackendWasm);
  let kernels = started.get(memory);
  if (!kernels) {
    const shared = memory.buffer instanceof SharedArrayBuffer;
    const module = new WebAssembly.Module(shared ? withSharedMemory(KERNELS) : KERNELS);
    const instance = new WebAssembly.Instance(module, { env: { memory } });
    const exports = instance.exports as Record<string, (...args: number[]) => void>;
    const threads = shared ? getThreadsCount() : 1;
    const run =
      threads > 1 ? onThreads(exports, { module, memory, threads }) : onOneThread(exports);
    kernels = { run, threads };
    started.set(memory, kernels);
  }
  return kernels;
}

/** The single-threaded build exports its memory, to the threaded one it is given. */
function memoryOf({ wasm }: BackendWasm): WasmMemory {
  const { asm } = wasm as unknown as { asm: { memory?: WasmMemory } };
  const memory = asm.memory ?? sharedMemory();
  if (!memory) throw new Error("internal: tfjs's WASM backend does not show its memory");
  return memory;
}

/** What comes before the limits of the imported memory: "env", "memory", the kind. */
const IMPORT = [3, ...Buffer.from("env"), 6, ...Buffer.from("memory"), 2];
/** Section 2, and how many bytes it has. */
const HEADER = 2;
/** A shared memory's limits: flags, and behind the minimum of 0 pages the maximum of 65536 that Emscripten gives. */
const SHARED = 3;
const MAXIMUM = [0x80, 0x80, 0x04];

/** The module with its imported memory declared as shared, which takes three bytes more. */
function withSharedMemory(module: Uint8Array): Uint8Array {
  const bytes = Buffer.from(module);
  const flags = bytes.indexOf(Buffer.from(IMPORT)) + IMPORT.length;
  const size = flags - IMPORT.length - HEADER;
  bytes[size]! += MAXIMUM.length;
  bytes[flags] = SHARED;
  const end = flags + 2;
  return Buffer.concat([bytes.subarray(0, end), Buffer.from(MAXIMUM), bytes.subarray(end)]);
}
