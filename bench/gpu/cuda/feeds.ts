/** The graphs that are compared, and what they are fed. */

import type { TensorInfo } from "../../../predictor/manifest.ts";
import { elementCount, type Tensor, tensorOf, zeros } from "../../../predictor/tensor.ts";

export interface BenchModel {
  readonly name: string;
  readonly inputs: readonly TensorInfo[];
  readonly onnx: Uint8Array;
}

/** Ratings of an item. */
const OTHER_SIZE = 40;

/** Values in the range of each type: 0..255, row numbers below 100, and 0..1; the same for every call. */
export function feedsOf(inputs: readonly TensorInfo[], batch: number): Record<string, Tensor> {
  return Object.fromEntries(
    inputs.map(({ name, type, shape }) => {
      const dims = shape.map((size) =>
        typeof size === "number" ? size : size === "batch" ? batch : OTHER_SIZE,
      );
      const data = zeros(type, elementCount(dims));
      const range = type === "uint8" ? 256 : type === "int32" ? 100 : 1;
      for (let i = 0; i < data.length; i++) {
        const value = ((i * 7919) % 1009) / 1009;
        data[i] = range === 1 ? value : Math.floor(range * value);
      }
      return [name, tensorOf(type, dims, data)];
    }),
  );
}
