/** The little of tfjs's WASM backend that kernels of our own need: views into its heap instead of copies. */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import type { NamedTensorInfoMap, TensorInfo } from "@tensorflow/tfjs-core";

/** Inputs, typed as the kernel that is registered for them knows them to be. */
export function inputsOf<Inputs extends Record<keyof Inputs, TensorInfo>>(
  inputs: NamedTensorInfoMap,
): Inputs {
  return inputs as unknown as Inputs;
}

/** float32 view of a tensor. Any allocation may grow the heap and detach it: take views last. */
export function floatView(backend: object, tensor: TensorInfo): Float32Array {
  return view(backend, tensor, "float32") as Float32Array;
}

/** int32 view of a tensor; the warning of `floatView` holds. */
export function intView(backend: object, tensor: TensorInfo): Int32Array {
  return view(backend, tensor, "int32") as Int32Array;
}

function view(backend: object, tensor: TensorInfo, dtype: "float32" | "int32") {
  if (tensor.dtype !== dtype) {
    throw new Error(`internal: a kernel was given ${tensor.dtype} where it reads ${dtype}`);
  }
  return (backend as BackendWasm).typedArrayFromHeap(tensor);
}

/** A new tensor on the WASM heap; its content is undefined until it is written. */
export function allocate(
  backend: object,
  shape: number[],
  dtype: "float32" | "int32" = "float32",
): TensorInfo {
  return (backend as BackendWasm).makeOutput(shape, dtype);
}
