/**
 * `node --import tsx bench/convert.ts`: how long the conversion of a MobileNet takes, and how fast the result runs in
 * onnxruntime-node compared with the original on tfjs's WASM backend. One thread each, batch 1, 224 x 224. Results are in
 * bench/notes/convert.md.
 */
import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import * as ort from "onnxruntime-node";
import { type Conversion, convert } from "../pipeline/export/convert.ts";
import { mobileNet } from "../test/pipeline/export/mobileNet.ts";
import { artifactsOf, seedWeights } from "../test/pipeline/export/parity.ts";

const RUNS = 30;

/** Median of the milliseconds of `n` runs after three warm-up runs. */
async function median(n: number, run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < n + 3; i++) {
    const start = performance.now();
    await run();
    if (i >= 3) times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[n >> 1] as number;
}

const pixels = Float32Array.from({ length: 224 * 224 * 3 }, (_, i) => Math.sin(i));
const shape = [1, 224, 224, 3];

async function onnxTime(conversion: Conversion): Promise<number> {
  const session = await ort.InferenceSession.create(conversion.onnx, { intraOpNumThreads: 1 });
  const feeds = {
    [conversion.inputs[0]?.name as string]: new ort.Tensor("float32", pixels, shape),
  };
  const time = await median(RUNS, () => session.run(feeds));
  await session.release();
  return time;
}

setThreadsCount(1);
tf.env().set("PROD", true);
await tf.setBackend("wasm");
await tf.ready();
const model = mobileNet();
seedWeights(model, 1);
const artifacts = await artifactsOf(model);
const input = tf.tensor(pixels, shape);
const tfjs = await median(RUNS, () =>
  tf.tidy(() => (model.predict(input) as tf.Tensor).dataSync()),
);

console.log(
  `${cpus()[0]?.model.trim()}, one thread, node ${process.version}, batch 1, median of ${RUNS}`,
);
console.log(
  "| dtype | convert ms | file MB | nodes | transposes | onnxruntime-node ms | tfjs-wasm ms | times faster |",
);
console.log("| --- | --- | --- | --- | --- | --- | --- | --- |");
for (const dtype of ["fp32", "fp16", "q8"] as const) {
  const milliseconds = await median(5, () => convert(artifacts, { dtype }));
  const conversion = convert(artifacts, { dtype });
  const time = await onnxTime(conversion);
  const cells = [
    dtype,
    milliseconds.toFixed(0),
    (conversion.onnx.byteLength / 1e6).toFixed(2),
    conversion.nodes,
    conversion.ops.Transpose ?? 0,
    time.toFixed(1),
    tfjs.toFixed(1),
    (tfjs / time).toFixed(2),
  ];
  console.log(`| ${cells.join(" | ")} |`);
}
