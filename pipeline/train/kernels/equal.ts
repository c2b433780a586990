/** Equal with broadcasting, as the gradients of maxima need it: tfjs-backend-wasm computes an index from strides for every number. */

import type { BackendWasm } from "@tensorflow/tfjs-backend-wasm";
import { type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { floatView, inputsOf } from "./heap.ts";

/**
 * Wraps the backend's kernel: handles float32 [..., p, c] with [..., 1, c], both of the same rank and of equal sides but for one run
 * of axes that is 1 in b, and leaves anything else to `fallback`.
 */
export function equalBroadcast(fallback: KernelFunc): KernelFunc {
  return (args) => {
    const { a, b } = inputsOf<{ a: TensorInfo; b: TensorInfo }>(args.inputs);
    const sides =
      a.dtype === "float32" && b.dtype === "float32" ? runOf(a.shape, b.shape) : undefined;
    if (!sides) return fallback(args);
    const [before, repeated, after] = sides;
    const backend = args.backend as BackendWasm;
    const out = backend.makeOutput(a.shape, "bool");
    const left = floatView(backend, a);
    const right = floatView(backend, b);
    const equal = backend.typedArrayFromHeap(out);
    for (let i = 0, at = 0; i < before; i++) {
      for (let r = 0; r < repeated; r++) {
        for (let k = 0; k < after; k++, at++) equal[at] = Number(left[at] === right[i * after + k]);
      }
    }
    return out;
  };
}

/** Products of the equal axes before the run, of the run, and of those behind it; undefined if the shapes are not of this form. */
function runOf(a: number[], b: number[]): [number, number, number] | undefined {
  if (a.length !== b.length) return undefined;
  const differing = a.map((side, axis) => side !== b[axis]);
  const first = differing.indexOf(true);
  const end = differing.lastIndexOf(true) + 1;
  if (first < 0 || b.slice(first, end).some((side) => side !== 1)) return undefined;
  const sizes = [a.slice(0, first), a.slice(first, end), a.slice(end)];
  return sizes.map(util.sizeFromShape) as [number, number, number];
}
