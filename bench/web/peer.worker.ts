/** Worker that times ONNX Runtime and TensorFlow.js on WebAssembly: one thread each, the same network and tensors. */

import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import plainWasm from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url";
import simdWasm from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url";
import threadedWasm from "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-threaded-simd.wasm?url";
import * as tf from "@tensorflow/tfjs-core";
import { loadLayersModel } from "@tensorflow/tfjs-layers";
import { explainItem } from "../../predictor/explain.ts";
import { collate } from "../../predictor/item.ts";
import { MANIFEST_FILE, PRECISION_FILES, parseManifest } from "../../predictor/manifest.ts";
import type { Movie } from "../../predictor/movie.ts";
import { movieInputs } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import { createPredictor } from "../../predictor/predictor.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { RunGraph, Tensor } from "../../predictor/tensor.ts";
import { onWasm } from "../../web/page/engine/options.ts";
import { startRuntime } from "../../web/worker/runtime.ts";
import type { PeerTimes, Times } from "./protocol.ts";

/** Timed runs after the warm-up. */
const RUNS = 50;
/** Duration of untimed runs after the first one, in milliseconds: browsers optimize WebAssembly while it runs. */
const WARM_UP_MS = 3000;

const at = (path: string) => new URL(`../${path}`, self.location.href).href;
const bytes = async (path: string) => new Uint8Array(await (await fetch(at(path))).arrayBuffer());
const json = async (path: string) => (await fetch(at(path))).json();

async function time(run: () => Promise<unknown>): Promise<Times> {
  const once = async () => {
    const start = performance.now();
    await run();
    return performance.now() - start;
  };
  const first = await once();
  for (const start = performance.now(); performance.now() - start < WARM_UP_MS; ) await run();
  const times: number[] = [];
  for (let i = 0; i < RUNS; i++) times.push(await once());
  return { first, median: times.sort((a, b) => a - b)[RUNS >> 1]! };
}

function movie({ width, height }: PosterSpec): Movie {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919) % 256);
  return {
    title: "The Lantern of Doom (1987)",
    poster: { data, width, height, channels: 3 },
    ratings: Array.from({ length: 50 }, (_, i) => ({ user: `${1 + i}`, stars: 1 + (i % 5) })),
  };
}

async function openOriginal() {
  setWasmPaths({
    "tfjs-backend-wasm.wasm": plainWasm,
    "tfjs-backend-wasm-simd.wasm": simdWasm,
    "tfjs-backend-wasm-threaded-simd.wasm": threadedWasm,
  });
  await tf.setBackend("wasm");
  const { modelTopology, weightSpecs } = await json("network/model.json");
  const weightData = (await bytes("network/weights.bin")).buffer;
  const model = await loadLayersModel(tf.io.fromMemory({ modelTopology, weightSpecs, weightData }));
  return async (feeds: Record<string, Tensor>): Promise<Float32Array> => {
    const outputs = tf.tidy(() => {
      const inputs = model.inputs.map(({ name, dtype }) => {
        const { data, dims } = feeds[name]!;
        return tf.tensor(data, [...dims], dtype as "int32");
      });
      return model.predict(inputs) as tf.Tensor[];
    });
    const [probabilities] = await Promise.all(outputs.map((output) => output.data()));
    for (const output of outputs) output.dispose();
    return probabilities as Float32Array;
  };
}

async function measure(): Promise<PeerTimes> {
  const manifest = parseManifest(
    new TextDecoder().decode(await bytes(`model/${MANIFEST_FILE}`)),
    MANIFEST_FILE,
  );
  const preprocess = movieInputs(manifest.inputs);
  const runtime = await startRuntime("wasm");
  if (runtime.threads !== 1) throw new Error(`expected 1 thread, got ${runtime.threads}`);
  const open = async (path: string) => runtime.open(await bytes(path), "wasm");

  // As the page chooses.
  const precision = onWasm({ threads: 1 }).precisions.find(
    (p) => PRECISION_FILES[p] in manifest.files,
  )!;
  const published = await open(`model/${PRECISION_FILES[precision]}`);
  const predictor = createPredictor(manifest, published.run);
  const example = movie(preprocess.poster);
  const predict = await time(() => predictor.predict([example]));
  const explain = await time(() => explainItem(predictor, example));

  const feeds = collate([createMovieEncoder(preprocess).encode(example)], preprocess);
  const timeRun = async (run: RunGraph) => ({
    times: await time(() => run(feeds)),
    output: (await run(feeds)).probabilities!.data,
  });
  const q8 = await timeRun((await open("network/q8.onnx")).run);
  const fp32 = await timeRun((await open("network/fp32.onnx")).run);
  const original = await openOriginal();
  const tfjs = await time(() => original(feeds));
  const expected = await original(feeds);
  const differences = Array.from(expected, (p, i) => Math.abs(p - fp32.output[i]!));
  return {
    predict,
    explain,
    onnx: { q8: q8.times, fp32: fp32.times },
    tfjs,
    difference: Math.max(...differences),
  };
}

measure().then(
  (measured) => self.postMessage(measured),
  (error: Error) => self.postMessage({ failure: String(error.stack) }),
);
