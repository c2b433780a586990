/** Whole models of any inputs with invented weights, in TensorFlow.js and as a graph. */

import * as tfc from "@tensorflow/tfjs-core";
import { openSession } from "../../../node/session.ts";
import { createRandom } from "../../../pipeline/common/random.ts";
import { specsOf } from "../../../pipeline/inputs/fit.ts";
import { buildInferenceModel, graphOutputs } from "../../../pipeline/model/build.ts";
import { exportGraph } from "../../../pipeline/model/exportGraph.ts";
import { fusionWeights } from "../../../pipeline/model/fusion.ts";
import { type ModelInputs, modelGroups } from "../../../pipeline/model/modelInputs.ts";
import { startBackend } from "../../../pipeline/train/backend.ts";
import type { Item } from "../../../predictor/inputs/inputType.ts";
import { collate, createItemEncoder } from "../../../predictor/item.ts";
import { labelsTarget } from "../labelsTarget.ts";
import { towerWeights } from "../tinyModel.ts";

/** Weights that begin at zero. */
const ZERO = /(linear|fitted)_vectors|_(linear|fitted)\/kernel|_fitted_bias\/kernel|bias$/;
const PRIOR = Float32Array.of(-0.5, 0.3);

export interface Outputs {
  readonly tfjs: Readonly<Record<string, Float32Array>>;
  readonly onnx: Readonly<Record<string, Float32Array>>;
}

/** Runs both on the items. Every weight is drawn, so that every layer counts. */
export async function runBoth(inputs: ModelInputs, items: readonly Item[]): Promise<Outputs> {
  await startBackend("cpu");
  const target = labelsTarget(["a", "b"], PRIOR);
  const parts = { inputs, labels: PRIOR.length, target };
  const weights = await towerWeights(parts, (group) => createRandom(group.length));
  const random = createRandom("linear terms");
  for (const [name, values] of weights) {
    if (name.endsWith("_fitted_share/kernel")) values.fill(0.4);
    // The places of steps are fitted.
    if (ZERO.test(name) && !name.includes("_places/")) {
      for (let i = 0; i < values.length; i++) values[i] = random.normal();
    }
  }
  const groups = modelGroups(inputs).length;
  const gates = {
    kernel: new Float32Array(groups ** 2),
    bias: new Float32Array(groups).fill(1),
  };
  for (const [name, values] of fusionWeights(PRIOR, gates)) weights.set(name, values);
  const model = buildInferenceModel(parts, weights);
  const { onnx } = await exportGraph(model, parts, { name: "any", synthetic: true }, "fp32");
  const specs = specsOf(inputs);
  const encoder = createItemEncoder(specs);
  const feeds = collate(
    items.map((item) => encoder.encode(item)),
    specs,
  );
  const tensors = model.inputNames.map((name) => {
    const { data, dims, type } = feeds[name]!;
    return tfc.tensor(data, [...dims], type === "int32" ? "int32" : "float32");
  });
  const outputs = model.predict(tensors) as tfc.Tensor[];
  const session = await openSession(onnx);
  const computed = await session.run(feeds);
  await session.close();
  const names = graphOutputs(parts);
  return {
    tfjs: Object.fromEntries(
      names.map((name, o) => [name, outputs[o]!.dataSync<"float32">().slice()]),
    ),
    onnx: Object.fromEntries(names.map((name) => [name, computed[name]!.data as Float32Array])),
  };
}

/** Largest difference between the two, over all outputs. */
export function largestDifference({ tfjs, onnx }: Outputs): number {
  return Object.entries(tfjs).reduce((most, [name, values]) => {
    const other = onnx[name]!;
    return values.reduce((max, value, i) => Math.max(max, Math.abs(value - other[i]!)), most);
  }, 0);
}

/** Rows of an output, two values each. */
export function rowsOf(values: Float32Array, width = PRIOR.length): number[][] {
  return Array.from({ length: values.length / width }, (_, i) => [
    ...values.subarray(i * width, (i + 1) * width),
  ]);
}

/** Probabilities of an item of which nothing is known. */
export const NOTHING = Array.from(PRIOR, (logit) => 1 / (1 + Math.exp(-logit)));
