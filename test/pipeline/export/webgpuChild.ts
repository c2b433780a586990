/**
 * A process of its own that runs graphs on onnxruntime-node's WebGPU provider: the driver is chosen by its
 * environment.
 */
import * as ort from "onnxruntime-node";

/** One graph with one set of inputs. */
export interface Job {
  onnx: Uint8Array;
  feeds: { name: string; dtype: "float32" | "int32"; data: number[]; shape: number[] }[];
  outputs: string[];
  cpuNodes: string[];
}

/** All outputs in a row, or why there are none. */
export type Reply = { values: number[] } | { error: string };

const ARRAYS = { float32: Float32Array, int32: Int32Array } as const;

async function answer({ onnx, feeds, outputs, cpuNodes }: Job): Promise<number[]> {
  const session = await ort.InferenceSession.create(onnx, {
    // an empty list is refused
    executionProviders: [
      cpuNodes.length > 0 ? { name: "webgpu", forceCpuNodeNames: cpuNodes } : "webgpu",
    ],
    logSeverityLevel: 4,
  });
  try {
    const result = await session.run(
      Object.fromEntries(
        feeds.map((f) => [f.name, new ort.Tensor(f.dtype, ARRAYS[f.dtype].from(f.data), f.shape)]),
      ),
    );
    return outputs.flatMap((name) => Array.from(result[name]?.data as Float32Array));
  } finally {
    await session.release();
  }
}

process.on("message", async (job: Job) => {
  let reply: Reply;
  try {
    reply = { values: await answer(job) };
  } catch (error) {
    reply = { error: error instanceof Error ? error.message : String(error) };
  }
  process.send?.(reply);
});
