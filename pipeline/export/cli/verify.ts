/** Runs the TensorFlow.js model and the ONNX graph on the same random inputs and measures how far they are apart. */
import type { Conversion, LayersArtifacts, TensorInfo } from "../convert.ts";

/** Largest relative error that passes by default. */
export const TOLERANCE = { fp32: 1e-4, fp16: 2e-2, q8: 1e-1 } as const;

/** Two batch sizes, so that nothing can hide in a batch of one. */
const BATCHES = [1, 3];
/** Sizes of dynamic axes: enough pixels for a few strided layers, enough steps for a few windows. */
const PIXELS = 32;
const STEPS = 16;

export interface Difference {
  /** max |actual - expected| */
  absolute: number;
  /** The same, divided by the largest |expected| of the output (at least 1e-3). */
  relative: number;
}

export interface Comparison extends Difference {
  output: string;
  batch: number;
  shape: readonly number[];
  /** For fp16 and q8: the distance to the fp32 graph on the same inputs. */
  againstFull?: Difference;
}

interface Values {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** One feed, as numbers; each runtime makes its own tensors of it. */
interface Feed {
  info: TensorInfo;
  shape: number[];
  data: number[];
}

/**
 * Compares every output at two batch sizes (one where the batch is fixed). Inputs are reproducible: whole numbers
 * below the vocabulary for indices, 0 to 255 for pixels and other integers, [-1, 1) for the rest.
 */
export async function verify(
  artifacts: LayersArtifacts,
  conversion: Conversion,
  full?: Conversion,
): Promise<Comparison[]> {
  const predict = await tfjsModel(artifacts);
  const rows: Comparison[] = [];
  for (const batch of batches(conversion)) {
    const feeds = conversion.inputs.map((info, i) => makeFeed(conversion, info, batch, i));
    const expected = predict(feeds);
    const actual = await runOnnx(conversion, feeds);
    const reference = full && (await runOnnx(full, feeds));
    for (const [i, want] of expected.entries()) {
      const got = actual[i];
      const output = conversion.outputs[i]?.name ?? String(i);
      if (!got) throw new Error(`internal: output ${output} is missing`);
      const whole = reference?.[i];
      rows.push({
        output,
        batch,
        shape: got.shape,
        ...difference(got, want),
        ...(whole ? { againstFull: difference(got, whole) } : {}),
      });
    }
  }
  return rows;
}

/** For fp16 and q8: the largest distance of any output to the fp32 graph, on the inputs verify() takes. */
export async function distanceToFull(
  conversion: Conversion,
  full: Conversion,
): Promise<Difference> {
  const worst = { absolute: 0, relative: 0 };
  for (const batch of batches(conversion)) {
    const feeds = conversion.inputs.map((info, i) => makeFeed(conversion, info, batch, i));
    const [actual, expected] = [await runOnnx(conversion, feeds), await runOnnx(full, feeds)];
    for (const [i, want] of expected.entries()) {
      const { absolute, relative } = difference(actual[i] as Values, want);
      // Math.max keeps a NaN
      worst.absolute = Math.max(worst.absolute, absolute);
      worst.relative = Math.max(worst.relative, relative);
    }
  }
  return worst;
}

/** Two batch sizes, or the one the model has. */
function batches({ inputs }: Conversion): readonly number[] {
  const fixed = inputs.map((info) => info.shape[0]).find((size) => typeof size === "number");
  return fixed === undefined ? BATCHES : [fixed];
}

/** NaN where only one side has it, and where the shapes differ: no tolerance lets that pass. */
export function difference(actual: Values, expected: Values): Difference {
  if (String(actual.shape) !== String(expected.shape))
    return { absolute: Number.NaN, relative: Number.NaN };
  let [absolute, largest] = [0, 1e-3];
  for (let i = 0; i < expected.data.length; i++) {
    const [a, e] = [Number(actual.data[i]), Number(expected.data[i])];
    if (Object.is(a, e)) continue;
    const d = Math.abs(a - e);
    absolute = d > absolute || Number.isNaN(d) ? d : absolute;
    largest = Math.max(largest, Math.abs(e));
    if (Number.isNaN(d)) break;
  }
  return { absolute, relative: absolute / largest };
}

/** mulberry32: a small generator with a 32-bit seed, uniform in [0, 1). */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Values that are valid for the input, the same at every run. */
function makeFeed(conversion: Conversion, info: TensorInfo, batch: number, index: number): Feed {
  const shape = info.shape.map((d, axis) => {
    if (typeof d === "number") return d;
    if (axis === 0) return batch;
    return info.shape.length >= 4 ? PIXELS : STEPS;
  });
  const size = shape.reduce((a, b) => a * b, 1);
  const next = random(1000 * batch + index);
  const state = conversion.states.some((s) => s.input === info.name);
  const value = (): number => {
    if (state) return 0;
    if (info.below !== undefined) return Math.floor(next() * info.below);
    if (info.dtype === "bool") return next() < 0.5 ? 0 : 1;
    return info.dtype === "float32" ? next() * 2 - 1 : Math.floor(next() * 256);
  };
  return { info, shape, data: Array.from({ length: size }, value) };
}

/** The original model on tfjs's cpu backend: the slowest, and the one that follows the definitions. */
async function tfjsModel(
  artifacts: LayersArtifacts,
): Promise<(feeds: readonly Feed[]) => Values[]> {
  const tf = await import("@tensorflow/tfjs-core");
  await import("@tensorflow/tfjs-backend-cpu");
  const layers = await import("@tensorflow/tfjs-layers");
  tf.env().set("PROD", true); // no banner
  await tf.setBackend("cpu");
  const { weightData } = artifacts;
  const bytes = weightData instanceof Uint8Array ? weightData.slice().buffer : weightData;
  const model = await layers.loadLayersModel(
    tf.io.fromMemory({
      modelTopology: structuredClone(artifacts.modelTopology) as object,
      weightSpecs: [...artifacts.weightSpecs] as never,
      weightData: bytes as ArrayBuffer,
    }),
  );
  return (feeds) => {
    const byName = new Map(feeds.map((f) => [f.info.name, f]));
    return tf.tidy(() => {
      const inputs = model.inputs.map((input, i) => {
        // a Sequential has no input names, but one input only
        const feed = model.inputs.length === 1 ? feeds[0] : byName.get(model.inputNames[i] ?? "");
        if (!feed) throw new Error(`internal: no feed for ${model.inputNames[i]}`);
        return tf.tensor(feed.data, feed.shape, input.dtype as "float32");
      });
      const result = model.predict(inputs);
      return (Array.isArray(result) ? result : [result]).map((t) => ({
        shape: t.shape,
        data: t.dataSync(),
      }));
    });
  };
}

const ARRAYS = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
  bool: Uint8Array,
} as const;

/** All outputs in the order of the model's. */
async function runOnnx(conversion: Conversion, feeds: readonly Feed[]): Promise<Values[]> {
  const ort = await import("onnxruntime-node");
  const session = await ort.InferenceSession.create(conversion.onnx, { logSeverityLevel: 3 });
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
}
