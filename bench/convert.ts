/**
 * `node --import tsx bench/convert.ts`: the time to convert a MobileNet, and the speed of the result in onnxruntime-node
 * compared with the original on tfjs's WASM backend. One thread each, batch 1, 224 x 224. Results are in
 * bench/notes/convert.md.
 */
import { cpus } from "node:os";
import * as tf from "@tensorflow/tfjs-core";
import "@tensorflow/tfjs-backend-cpu";
import { setThreadsCount } from "@tensorflow/tfjs-backend-wasm";
import * as ort from "onnxruntime-node";
import * as z from "zod";
import { runCommand } from "../node/command.ts";
import { type Conversion, convert } from "../pipeline/export/convert.ts";
import { mobileNet } from "../test/pipeline/export/mobileNet.ts";
import { artifactsOf, seedWeights } from "../test/pipeline/export/parity.ts";
import { median } from "./statistics.ts";

/** Timed predictions per graph. */
const RUNS = 30;
/** Timed conversions per data type. */
const CONVERSIONS = 5;
/** Untimed runs first: code is compiled and memory allocated then. */
const WARM_UP = 3;

/** Median duration of `n` runs after the warm-up, in milliseconds. */
async function medianTime(n: number, run: () => unknown): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < n + WARM_UP; i++) {
    const start = performance.now();
    await run();
    if (i >= WARM_UP) times.push(performance.now() - start);
  }
  return median(times);
}

const pixels = Float32Array.from({ length: 224 * 224 * 3 }, (_, i) => Math.sin(i));
const shape = [1, 224, 224, 3];

async function onnxTime(conversion: Conversion): Promise<number> {
  const session = await ort.InferenceSession.create(conversion.onnx, { intraOpNumThreads: 1 });
  const feeds = {
    [conversion.inputs[0]?.name as string]: new ort.Tensor("float32", pixels, shape),
  };
  const time = await medianTime(RUNS, () => session.run(feeds));
  await session.release();
  return time;
}

const program = {
  name: "node --import tsx bench/convert.ts",
  description:
    "Measures the conversion of a MobileNet to ONNX, and the speed of the result compared with tfjs's WASM backend.",
  schema: z.strictObject({}),
};

await runCommand(program, async () => {
  setThreadsCount(1);
  tf.env().set("PROD", true);
  await tf.setBackend("wasm");
  await tf.ready();
  const model = mobileNet();
  seedWeights(model, 1);
  const artifacts = await artifactsOf(model);
  const input = tf.tensor(pixels, shape);
  const tfjs = await medianTime(RUNS, () =>
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
    const milliseconds = await medianTime(CONVERSIONS, () => convert(artifacts, { dtype }));
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
  return 0;
});
