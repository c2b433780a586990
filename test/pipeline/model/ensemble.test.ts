/** An average of models outputs the average of their outputs, in tfjs and in the exported graph. */

import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { LayersModel } from "@tensorflow/tfjs-layers";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildInferenceModel, graphOutputs } from "../../../pipeline/model/build.ts";
import { averageModels } from "../../../pipeline/model/ensemble.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import { checkParity } from "../../../pipeline/verify/parity.ts";
import { collate } from "../../../predictor/item.ts";
import type { Tensor } from "../../../predictor/tensor.ts";
import { type Tiny, tiny, towerWeights } from "../tinyModel.ts";

before(async () => {
  await startBackend("wasm");
});

async function memberOf({ parts, prior }: Tiny, seed: number) {
  const weights = await towerWeights(parts, () => createRandom(seed));
  const gates = { kernel: new Float32Array(18), bias: new Float32Array(3).fill(1 + seed / 10) };
  for (const [name, values] of fusionWeights(prior, gates)) weights.set(name, values);
  return buildInferenceModel(parts, weights);
}

async function answersOf(model: LayersModel, { movies, source, parts, spec }: Tiny) {
  const { onnx } = await exportGraph(model, parts, { name: "tiny", synthetic: true }, "fp32");
  const session = await openSession(onnx, { threads: 1 });
  const { posters } = source;
  const outputNames = graphOutputs(parts);
  const options = { model, run: session.run, outputNames, tolerance: 1e-5 };
  await checkParity({ ...options, movies, posters, spec });
  const outputs: Record<string, Tensor> = await session.run(
    collate(
      movies.map(({ features }) => features),
      spec,
    ),
  );
  await session.close();
  return outputs;
}

for (const [name, options] of [
  ["bags", {}],
  ["bidirectional networks", { title: { encoder: "gru", bidirectional: true, units: 4 } }],
] as const) {
  test(`an average of ${name} computes the mean of every output`, async () => {
    const small = tiny(20, options);
    const single = [];
    for (const seed of [1, 2, 3]) single.push(await answersOf(await memberOf(small, seed), small));
    const average = await averageModels(
      await Promise.all([1, 2, 3].map((seed) => memberOf(small, seed))),
    );
    const found = await answersOf(average, small);
    for (const output of graphOutputs(small.parts)) {
      for (const [i, value] of (found[output]!.data as Float32Array).entries()) {
        const values = single.map((one) => one[output]!.data[i] as number);
        const mean = values.reduce((sum, one) => sum + one, 0) / 3;
        assert.ok(Math.abs(value - mean) < 1e-6, `${output} ${i}: ${value}, not ${mean}`);
      }
    }
  });
}
