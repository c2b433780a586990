/** GatherV2 along the first axis, as in embedding look-ups: copies rows instead of indexing every number. */

import { type GatherV2Attrs, type KernelFunc, type TensorInfo, util } from "@tensorflow/tfjs-core";
import { allocate, floatView, inputsOf, intView } from "./heap.ts";

/** Wraps the backend's kernel: handles float32 rows with int32 indices, and leaves anything else to `fallback`. */
export function gatherRows(fallback: KernelFunc): KernelFunc {
  return (args) => {
    const { x, indices } = inputsOf<{ x: TensorInfo; indices: TensorInfo }>(args.inputs);
    const { axis, batchDims } = args.attrs as unknown as GatherV2Attrs;
    const first = util.parseAxisParam(axis, x.shape)[0] === 0;
    if (!first || batchDims !== 0 || x.dtype !== "float32" || indices.dtype !== "int32") {
      return fallback(args);
    }
    const rows = x.shape[0]!;
    const row = x.shape.slice(1);
    const width = util.sizeFromShape(row);
    const out = allocate(args.backend, [...indices.shape, ...row]);
    const values = floatView(args.backend, x);
    const copies = floatView(args.backend, out);
    const ids = intView(args.backend, indices);
    for (let i = 0, to = 0; i < ids.length; i++, to += width) {
      const id = ids[i]!;
      if (id < 0 || id >= rows) throw new Error(`index ${id} is outside 0..${rows - 1}`);
      const from = id * width;
      for (let k = 0; k < width; k++) copies[to + k] = values[from + k]!;
    }
    return out;
  };
}
