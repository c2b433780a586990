/** Shared by the converter's tests: a tfjs model and its converted graph on the same inputs, compared. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import "@tensorflow/tfjs-backend-cpu";
import * as tf from "@tensorflow/tfjs-core";
import type * as tfl from "@tensorflow/tfjs-layers";
import * as ort from "onnxruntime-node";
import {
  type Conversion,
  type ConvertOptions,
  convert,
  type GraphTensor,
  type LayersArtifacts,
} from "../../../pipeline/export/convert.ts";
import { random } from "../../../pipeline/export/verify/feeds.ts";
import { DEBIAN_PYTHON } from "../../needs/needs.ts";

export { random };

/** Gives every weight of the model values in [-0.5, 0.5], variances in [0.5, 1.5]. */
export function seedWeights(model: tfl.LayersModel, seed: number): void {
  const next = random(seed);
  const values = model.weights.map((w) => {
    const data = Float32Array.from({ length: tf.util.sizeFromShape(w.shape as number[]) }, () =>
      w.name.includes("variance") ? next() + 0.5 : next() - 0.5,
    );
    return tf.tensor(data, w.shape as number[]);
  });
  // model.setWeights wants trainable first; weights are set by layer order here
  for (const [i, w] of model.weights.entries()) w.write(values[i] as tf.Tensor);
}

/** What model.save would write, by way of JSON as on disk. */
export async function artifactsOf(model: tfl.LayersModel): Promise<LayersArtifacts> {
  let saved: tf.io.ModelArtifacts | undefined;
  await model.save(
    tf.io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  assert.ok(saved?.weightSpecs && saved.weightData);
  return {
    modelTopology: JSON.parse(JSON.stringify(saved.modelTopology)),
    weightSpecs: saved.weightSpecs,
    weightData: tf.io.CompositeArrayBuffer.join(saved.weightData),
  };
}

export interface Feed {
  shape: number[];
  data: number[];
}

const ORT_ARRAYS = {
  bool: Uint8Array,
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const;

export interface Case {
  model: tfl.LayersModel;
  feeds: Feed[];
  options?: ConvertOptions;
  /** Largest absolute difference allowed. */
  tolerance?: number;
}

/** Converts, runs both sides on `feeds`, asserts shape and values of every output. */
export async function checkParity({
  model,
  feeds,
  options = {},
  tolerance = 1e-5,
}: Case): Promise<{ conversion: Conversion }> {
  const conversion = convert(await artifactsOf(model), options);
  await compare(model, conversion, feeds, tolerance);
  return { conversion };
}

interface Output {
  shape: readonly number[];
  data: ArrayLike<number>;
}

/** Runs both sides on `feeds`, asserts shape and values of every output; the largest absolute difference. */
export async function compare(
  model: tfl.LayersModel,
  conversion: Conversion,
  feeds: Feed[],
  tolerance: number,
  { relative = false, exact = false } = {},
): Promise<number> {
  const expected = runOriginal(model, feeds);
  const actual = await runGraph(model, conversion, feeds, exact);
  const differences = conversion.outputs.slice(0, expected.length).map((declared, i) => {
    const [got, want] = [actual[i] as Output, expected[i] as Output];
    checkShapes(declared, got.shape, want.shape);
    // rounding grows with the values that were summed up
    const allowed = tolerance * (relative ? largest(want.data) : 1);
    return largestDifference(declared.name, got.data, want.data, allowed);
  });
  assert.equal(differences.length, expected.length);
  return Math.max(0, ...differences);
}

function runOriginal(model: tfl.LayersModel, feeds: readonly Feed[]): Output[] {
  return tf.tidy(() => {
    const tensors = feeds.map((f, i) =>
      tf.tensor(f.data, f.shape, model.inputs[i]?.dtype as "float32" | "int32"),
    );
    const result = model.predict(tensors);
    return [result].flat().map((t) => ({ shape: t.shape, data: t.dataSync() }));
  });
}

async function runGraph(
  model: tfl.LayersModel,
  conversion: Conversion,
  feeds: readonly Feed[],
  exact: boolean,
): Promise<Output[]> {
  // by name: tfjs does not save inputs that lead nowhere
  const ordered = conversion.inputs.map(
    ({ name }) => feeds[model.inputNames.indexOf(name)] as Feed,
  );
  return runOnnx(conversion, ordered, exact);
}

/** The outputs of the graph for one feed per input, in their order. */
export async function runOnnx(
  { onnx, inputs, outputs }: Conversion,
  feeds: readonly Feed[],
  exact = false,
): Promise<Output[]> {
  // without it the CPU rounds the activations of q8 weights to 8 bits
  const extra = exact ? { extra: { session: { qdq_matmulnbits_accuracy_level: "1" } } } : {};
  const options = { logSeverityLevel: 3, intraOpNumThreads: 1, ...extra } as const;
  const session = await ort.InferenceSession.create(onnx, options);
  try {
    const tensors = inputs.map(({ name, dtype }, i) => {
      const { data, shape } = feeds[i] as Feed;
      const values = ORT_ARRAYS[dtype as keyof typeof ORT_ARRAYS].from(data) as Float32Array;
      return [name, new ort.Tensor(dtype as "float32", values, shape)] as const;
    });
    const result = await session.run(Object.fromEntries(tensors));
    return outputs.map(({ name }) => {
      const { dims, data } = result[name] as ort.Tensor;
      return { shape: dims, data: data as Float32Array };
    });
  } finally {
    await session.release();
  }
}

/** The shape that came is tfjs's, and agrees with what the graph declares. */
function checkShapes(
  { name, shape }: GraphTensor,
  actual: readonly number[],
  expected: readonly number[],
): void {
  assert.deepEqual([...actual], [...expected], `shape of output ${name}`);
  assert.equal(shape.length, expected.length, `declared rank of ${name}`);
  for (const [k, d] of shape.entries())
    if (typeof d === "number") assert.equal(d, expected[k], `declared size ${k} of ${name}`);
}

function largestDifference(
  name: string,
  actual: ArrayLike<number>,
  expected: ArrayLike<number>,
  allowed: number,
): number {
  let worst = 0;
  for (let k = 0; k < expected.length; k++) {
    const difference = Math.abs(Number(actual[k]) - Number(expected[k]));
    assert.ok(
      difference <= allowed,
      `output ${name}[${k}]: onnx ${actual[k]}, tfjs ${expected[k]} (tolerance ${allowed})`,
    );
    worst = Math.max(worst, difference);
  }
  return worst;
}

function largest(values: ArrayLike<number>): number {
  let most = 1;
  for (let i = 0; i < values.length; i++) most = Math.max(most, Math.abs(values[i] as number));
  return most;
}

/** Values in [-1, 1), reproducible. */
export function feed(shape: number[], seed = 1): Feed {
  const next = random(seed * 7919 + shape.length);
  return {
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => next() * 2 - 1),
  };
}

/** Whole numbers in [0, below). */
export function ids(shape: number[], below: number, seed = 1): Feed {
  const next = random(seed * 104729 + below);
  return {
    shape,
    data: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      Math.floor(next() * below),
    ),
  };
}

/** onnx.checker with full check on many models in one Python process; throws with its message. */
export function checkWithPython(models: ReadonlyMap<string, Uint8Array>): void {
  const folder = mkdtempSync(join(tmpdir(), "onnx-check-"));
  try {
    for (const [name, bytes] of models)
      writeFileSync(join(folder, `${name.replace(/[^\w.-]+/g, "_")}.onnx`), bytes);
    const script = [
      "import glob, onnx, sys",
      "bad = []",
      "for f in sorted(glob.glob(sys.argv[1] + '/*.onnx')):",
      "    try: onnx.checker.check_model(onnx.load(f), full_check=True)",
      "    except Exception as e: bad.append(f + ': ' + str(e))",
      "sys.exit('\\n'.join(bad) if bad else 0)",
    ].join("\n");
    execFileSync(DEBIAN_PYTHON, ["-c", script, folder], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}
