/** A whole model with random weights, in tfjs and as an exported graph. */

import assert from "node:assert/strict";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { buildInferenceModel, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { checkParity } from "../../../pipeline/verify/parity.ts";
import { collate } from "../../../predictor/item.ts";
import type { Tensor } from "../../../predictor/tensor.ts";
import { type AnyModel, towerWeights } from "../tinyModel.ts";

/**
 * Exports the model and compares it with tfjs on every movie.
 *
 * @returns The graph's outputs for all movies, without their posters.
 */
export async function exported(small: AnyModel): Promise<Record<string, Tensor>> {
  const weights = await towerWeights(small.parts, createRandom);
  const gates = { kernel: new Float32Array(18).fill(-0.2), bias: new Float32Array(3).fill(1) };
  for (const [name, values] of fusionWeights(small.prior, gates)) weights.set(name, values);
  const model = buildInferenceModel(small.parts, weights);
  const { onnx } = await exportGraph(model, small.parts, { name: "tiny", synthetic: true }, "fp32");
  const session = await openSession(onnx, { threads: 1 });
  try {
    const { spec, movies } = small;
    const { posters } = small.source;
    const outputNames = graphOutputs(small.parts);
    const options = { model, run: session.run, outputNames, tolerance: 1e-5 };
    const { outputs } = await checkParity({ ...options, movies, posters, spec });
    assert.equal(outputs.length, outputNames.length);
    return await session.run(
      collate(
        movies.map(({ features }) => features),
        spec,
      ),
    );
  } finally {
    await session.close();
    model.dispose();
  }
}
