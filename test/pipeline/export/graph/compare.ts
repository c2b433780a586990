/** Runs a graph model in TensorFlow.js and its ONNX graph in ONNX Runtime, and compares every output. */
import assert from "node:assert/strict";
import "@tensorflow/tfjs-backend-cpu";
import { loadGraphModel } from "@tensorflow/tfjs-converter";
import * as tf from "@tensorflow/tfjs-core";
import * as ort from "onnxruntime-node";
import { bytesOf } from "../../../../pipeline/export/artifacts.ts";
import type { Conversion, LayersArtifacts } from "../../../../pipeline/export/convert.ts";
import type { Value } from "./graphs.ts";

/** Values by the names of the inputs. */
export type Feeds = Readonly<Record<string, Value>>;

tf.env().set("PROD", true);

/** The outputs of the original, named as `node` or `node:1`. */
export async function runOriginal(
  artifacts: LayersArtifacts,
  feeds: Feeds,
  outputs: readonly string[],
): Promise<Value[]> {
  // Not when this file is loaded: in the built tests, the backend may be loaded after it.
  await tf.setBackend("cpu");
  const source = bytesOf(artifacts.weightData);
  const weightData = source.read(0, source.byteLength).slice().buffer;
  const model = await loadGraphModel(
    tf.io.fromMemory({ ...artifacts, weightData } as tf.io.ModelArtifacts),
  );
  const inputs = Object.fromEntries(
    Object.entries(feeds).map(([name, { data, shape, dtype }]) => [
      name,
      tf.tensor([...data], [...shape], dtype),
    ]),
  );
  const warn = console.warn;
  // executeAsync says of graphs without loops that execute would do
  console.warn = () => {};
  try {
    const result = [await model.executeAsync(inputs, [...outputs])].flat();
    return result.map((t) => ({
      shape: t.shape,
      dtype: t.dtype as Value["dtype"],
      data: Array.from(t.dataSync()),
    }));
  } finally {
    console.warn = warn;
    model.dispose();
    tf.disposeVariables();
  }
}

const ARRAYS = { float32: Float32Array, int32: Int32Array, bool: Uint8Array } as const;

/** The outputs of the converted graph, in their order. */
export async function runConverted({ onnx, outputs }: Conversion, feeds: Feeds): Promise<Value[]> {
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1 } as const;
  const session = await ort.InferenceSession.create(onnx, options);
  try {
    const inputs = session.inputNames.map((name) => {
      const { dtype, data, shape } = feeds[name] as Value;
      const values = ARRAYS[dtype].from(data) as Float32Array;
      return [name, new ort.Tensor(dtype as "float32", values, [...shape])] as const;
    });
    const result = await session.run(Object.fromEntries(inputs));
    return outputs.map(({ name }) => {
      const { dims, type, data } = result[name] as ort.Tensor;
      return {
        shape: dims,
        dtype: type as Value["dtype"],
        data: Array.from(data as Float32Array, Number),
      };
    });
  } finally {
    await session.release();
  }
}

/** Asserts types, shapes and values; the error may be `tolerance` of the largest value, 1 at least. */
export function assertAgree(
  conversion: Conversion,
  actual: readonly Value[],
  expected: readonly Value[],
  tolerance: number,
): void {
  assert.equal(actual.length, expected.length);
  for (const [i, want] of expected.entries()) {
    const [got, declared] = [actual[i] as Value, conversion.outputs[i]!];
    const name = `output ${declared.name}`;
    assert.deepEqual([...got.shape], [...want.shape], `shape of ${name}`);
    assert.equal(got.dtype, want.dtype, `type of ${name}`);
    assert.equal(declared.dtype, want.dtype, `declared type of ${name}`);
    assert.equal(declared.shape.length, want.shape.length, `declared rank of ${name}`);
    for (const [k, size] of declared.shape.entries())
      if (typeof size === "number")
        assert.equal(size, want.shape[k], `declared size ${k} of ${name}`);
    const largest = want.data.reduce((most, v) => (Math.abs(v) > most ? Math.abs(v) : most), 1);
    const allowed = tolerance * (Number.isFinite(largest) ? largest : 1);
    for (const [k, expectedValue] of want.data.entries()) {
      const value = got.data[k] as number;
      const same = Object.is(value, expectedValue) || Math.abs(value - expectedValue) <= allowed;
      assert.ok(same, `${name}[${k}]: onnx ${value}, expected ${expectedValue} (${allowed})`);
    }
  }
}
