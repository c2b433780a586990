/** UnsortedSegmentSum, the gradient of embedding look-ups, which tfjs-backend-wasm lacks. */

import type { KernelFunc, TensorInfo, UnsortedSegmentSumAttrs } from "@tensorflow/tfjs-core";
import { allocate, floatView, inputsOf, intView } from "./heap.ts";

/** x [n, ...inner], segmentIds int32 [n] -> [numSegments, ...inner]; ids below 0 are ignored, as in TensorFlow. */
export const unsortedSegmentSum: KernelFunc = ({ inputs, backend, attrs }) => {
  const { x, segmentIds } = inputsOf<{ x: TensorInfo; segmentIds: TensorInfo }>(inputs);
  const { numSegments } = attrs as unknown as UnsortedSegmentSumAttrs;
  const inner = x.shape.slice(1);
  const width = inner.reduce((product, dim) => product * dim, 1);

  const out = allocate(backend, [numSegments, ...inner]);
  const sums = floatView(backend, out);
  const values = floatView(backend, x);
  const ids = intView(backend, segmentIds);
  sums.fill(0);
  for (let row = 0; row < ids.length; row++) {
    const id = ids[row]!;
    if (id < 0) continue;
    if (id >= numSegments) throw new Error(`segment id ${id} is outside 0..${numSegments - 1}`);
    const from = row * width;
    const to = id * width;
    for (let i = 0; i < width; i++) sums[to + i]! += values[from + i]!;
  }
  return out;
};
