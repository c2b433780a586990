/** Runs converted graphs in the build of ONNX Runtime that the caller passes. */
import type * as Ort from "onnxruntime-node";
import { joined } from "../artifacts.ts";
import type { RunGraph } from "./verify.ts";

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** @param ort onnxruntime-node or onnxruntime-web. */
export function graphRunner(ort: Pick<typeof Ort, "InferenceSession" | "Tensor">): RunGraph {
  return async (conversion, feeds) => {
    const { externalData } = conversion;
    const weights = externalData && [{ path: externalData.path, data: joined(externalData.parts) }];
    const session = await ort.InferenceSession.create(conversion.onnx, {
      logSeverityLevel: 3,
      ...(weights ? { externalData: weights } : {}),
    });
    try {
      const inputs = feeds.map(({ info, shape, data }) => {
        const values =
          info.dtype === "int64"
            ? BigInt64Array.from(data, BigInt)
            : ARRAYS[info.dtype as keyof typeof ARRAYS].from(data);
        return [
          info.name,
          new ort.Tensor(info.dtype as "float32", values as Float32Array, shape),
        ] as const;
      });
      const result = await session.run(Object.fromEntries(inputs));
      return conversion.outputs.map(({ name }) => {
        const tensor = result[name];
        return { shape: tensor?.dims ?? [], data: (tensor?.data ?? []) as ArrayLike<number> };
      });
    } finally {
      await session.release();
    }
  };
}
