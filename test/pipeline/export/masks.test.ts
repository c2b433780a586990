/** Masks of ids, whatever type they are fed as. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as ort from "onnxruntime-node";
import { convert } from "../../../pipeline/export/convert.ts";

/** Ids of each type that files declare; the middle one is masked. */
const IDS = {
  float32: Float32Array.of(1, 0, 1),
  int32: Int32Array.of(1, 0, 1),
  int64: BigInt64Array.of(1n, 0n, 1n),
  uint8: Uint8Array.of(1, 0, 1),
  bool: Uint8Array.of(1, 0, 1),
};

/** An Embedding with mask_zero and a GRU, as Keras 3 writes them. */
function masked(dtype: string) {
  const layers = [
    { class_name: "InputLayer", config: { batch_shape: [null, 3], dtype, name: "ids" } },
    {
      class_name: "Embedding",
      config: { input_dim: 2, output_dim: 2, mask_zero: true, name: "words" },
    },
    { class_name: "GRU", config: { units: 1, reset_after: false, name: "gru" } },
  ];
  const shapes = {
    "words/embeddings": [2, 2],
    "gru/kernel": [2, 3],
    "gru/recurrent_kernel": [1, 3],
    "gru/bias": [3],
  };
  const weightSpecs = Object.entries(shapes).map(([name, shape]) => ({
    ...{ name, shape, dtype: "float32" as const },
  }));
  return convert({
    modelTopology: { class_name: "Sequential", config: { name: "s", layers } },
    weightSpecs,
    weightData: Float32Array.from({ length: 16 }, (_, i) => Math.sin(i + 1)).buffer,
  });
}

async function run(dtype: keyof typeof IDS): Promise<number[]> {
  const session = await ort.InferenceSession.create(masked(dtype).onnx, { logSeverityLevel: 3 });
  try {
    const ids = new ort.Tensor(dtype as "float32", IDS[dtype] as Float32Array, [1, 3]);
    const result = await session.run({ ids });
    return Array.from(result[session.outputNames[0]!]!.data as Float32Array);
  } finally {
    await session.release();
  }
}

test("Embedding masks zeros among ids of every type", async () => {
  const expected = await run("float32");
  for (const dtype of ["int32", "int64", "uint8", "bool"] as const)
    assert.deepEqual(await run(dtype), expected, dtype);
});
