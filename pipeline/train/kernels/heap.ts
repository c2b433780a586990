/** Access to the heap of tfjs's WASM backend for our own kernels: views instead of copies. */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";

/** A kernel's inputs, typed as the kernel expects them. */
export function inputsOf<Inputs extends Record<keyof Inputs, TensorInfo | undefined>>(
  inputs: NamedTensorInfoMap,
): Inputs {
  return inputs as unknown as Inputs;
}

/** float32 view of a tensor. Any allocation may grow the heap and detach views, so create views last. */
export function floatView(backend: object, tensor: TensorInfo): Float32Array {
  return view(backend, tensor, "float32") as Float32Array;
}

/** int32 view of a tensor; detached by allocations like those of `floatView`. */
export function intView(backend: object, tensor: TensorInfo): Int32Array {
  return view(backend, tensor, "int32") as Int32Array;
}

function view(backend: object, tensor: TensorInfo, dtype: "float32" | "int32") {
  if (tensor.dtype !== dtype) {
    throw new Error(`internal: a kernel expected a tensor of ${dtype}, got ${tensor.dtype}`);
  }
  return (backend as BackendWasm).typedArrayFromHeap(tensor);
}

/** Float32 numbers at an address; detached by allocations like views of tensors. */
export function floatsAt(backend: object, address: number, count: number): Float32Array {
  return new Float32Array(bufferOf(backend), address, count);
}

/** Float64 numbers at an address, a multiple of eight; detached likewise. */
export function doublesAt(backend: object, address: number, count: number): Float64Array {
  return new Float64Array(bufferOf(backend), address, count);
}

function bufferOf(backend: object): ArrayBuffer {
  const { wasm } = backend as { wasm: { HEAPU8: Uint8Array } };
  return wasm.HEAPU8.buffer as ArrayBuffer;
}

/** Where a tensor's numbers are. */
export function addressOf(backend: object, { dataId }: TensorInfo): number {
  const wasm = backend as BackendWasm & {
    dataIdMap: { get(id: object): { memoryOffset: number } };
  };
  return wasm.dataIdMap.get(dataId).memoryOffset;
}

/** A new, uninitialised tensor on the WASM heap. */
export function allocate(
  backend: object,
  shape: number[],
  dtype: "float32" | "int32" = "float32",
): TensorInfo {
  return (backend as BackendWasm).makeOutput(shape, dtype);
}

/** Runs `f` with the address of as many floats, which are free again afterwards. */
export function withScratch<T>(backend: object, floats: number, f: (address: number) => T): T {
  const scratch = allocate(backend, [floats]);
  try {
    return f(addressOf(backend, scratch));
  } finally {
    (backend as BackendWasm).disposeData(scratch.dataId);
  }
}
