/**
 * Products with a transposed factor, the gradients of dense layers. tfjs-backend-wasm has a plain loop for them, and XNNPACK
 * for the others: transposing first takes a quarter to a twentieth of the time; see bench/notes/wasm.md.
 */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import {
  type BatchMatMulAttrs,
  type KernelFunc,
  type TensorInfo,
  type TransposeAttrs,
  util,
} from "@tensorflow/tfjs-core";
import { inputsOf } from "./heap.ts";

/**
 * Wraps the backend's kernel: transposes single matrices, and leaves batches of several, which XNNPACK does not multiply, as they
 * are.
 *
 * @param transpose The backend's own kernel.
 */
export function transposeFirst(multiply: KernelFunc, transpose: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b } = inputsOf<{ a: TensorInfo; b: TensorInfo }>(args.inputs);
    const { transposeA, transposeB } = args.attrs as unknown as BatchMatMulAttrs;
    if (!(transposeA || transposeB) || !isMatrix(a) || !isMatrix(b)) return multiply(args);
    const { backend } = args;
    const made: TensorInfo[] = [];
    const turned = (x: TensorInfo): TensorInfo => {
      const axes = x.shape.map((_, i) => i);
      const perm = [...axes.slice(0, -2), x.shape.length - 1, x.shape.length - 2];
      const attrs = { perm } satisfies TransposeAttrs;
      const y = transpose({ inputs: { x }, backend, attrs }) as TensorInfo;
      made.push(y);
      return y;
    };
    const inputs = { a: transposeA ? turned(a) : a, b: transposeB ? turned(b) : b };
    const attrs = { transposeA: false, transposeB: false } satisfies BatchMatMulAttrs;
    const product = multiply({ inputs, backend, attrs });
    for (const { dataId } of made) (backend as BackendWasm).disposeData(dataId);
    return product;
  };
}

/** Whether it is a float32 matrix: all dimensions before the last two are 1. */
function isMatrix({ shape, dtype }: TensorInfo): boolean {
  return dtype === "float32" && util.sizeFromShape(shape.slice(0, -2)) === 1;
}
