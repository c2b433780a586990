/** A bundle's graphs, with the inputs that the page gives them. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import * as ort from "onnxruntime-node";
import { openBundle, resolveBundlePath } from "../../node/bundle.ts";
import { explainItem } from "../../predictor/explain.ts";
import { PRECISION_FILES } from "../../predictor/manifest.ts";
import { createPredictor } from "../../predictor/predictor.ts";
import { type Tensor, tensorOf } from "../../predictor/tensor.ts";
import { exampleItem } from "../../web/worker/inputs/types.ts";
import type { Input, Workload } from "./workload.ts";

/** Items in a run: the runtime multiplies matrices of few rows otherwise than larger ones. */
const BATCHES = [1, 2, 3, 4, 5, 6, 7, 8, 16];

/** @param model Folder of the bundle. */
export async function* bundleGraphs(model: string): AsyncGenerator<Workload> {
  const { manifest } = await openBundle(model);
  const { inputs } = manifest;
  for (const file of Object.values(PRECISION_FILES)) {
    if (!(file in manifest.files)) continue;
    const onnx = await readFile(join(resolveBundlePath(model), file));
    const session = await ort.InferenceSession.create(onnx);
    const runs: Record<string, Input>[] = [];
    const predictor = createPredictor(manifest, async (feeds) => {
      runs.push(Object.fromEntries(Object.entries(feeds).map(([k, tensor]) => [k, plain(tensor)])));
      const outputs = await session.run(
        Object.fromEntries(
          Object.entries(feeds).map(([k, { type, data, dims }]) => [
            k,
            new ort.Tensor(type as "float32", data as Float32Array, [...dims]),
          ]),
        ),
      );
      return Object.fromEntries(
        Object.entries(outputs).map(([k, { data, dims }]) => [
          k,
          tensorOf("float32", dims, data as Float32Array),
        ]),
      );
    });
    const whole = exampleItem(inputs);
    await explainItem(predictor, whole);
    for (const name of Object.keys(whole)) {
      await explainItem(predictor, exampleItem(inputs, [name]));
    }
    for (const size of BATCHES) await predictor.predict(new Array(size).fill(whole));
    await session.release();
    yield { name: file, graph: onnx.toString("base64"), runs };
  }
}

const plain = ({ type, dims, data }: Tensor): Input => ({ type, dims, data: [...data] });
