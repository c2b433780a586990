/** Combines models with the same inputs to one whose outputs are their averages. */

import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { toArtifacts } from "./artifacts.ts";
import { connect } from "./connect.ts";

/**
 * The members become layers of the new model; the names of their layers are prefixed ("member1_...").
 *
 * @param models Models with the same inputs and outputs; they are disposed of.
 */
export async function averageModels(models: readonly LayersModel[]): Promise<LayersModel> {
  const [first] = models;
  if (!first) throw new Error("internal: averageModels needs at least one model, got 0");
  const inputs = first.inputs.map(({ shape, dtype }, i) =>
    tf.input({ name: first.inputNames[i]!, shape: shape.slice(1), dtype: dtype ?? "float32" }),
  );
  const outputsOfMembers: SymbolicTensor[][] = [];
  for (const [i, model] of models.entries()) {
    const member = await prefixed(model, `member${i + 1}_`);
    outputsOfMembers.push([member.apply(inputs)].flat() as SymbolicTensor[]);
  }
  const outputs = first.outputs.map((_, o) =>
    outputsOfMembers.length === 1
      ? outputsOfMembers[0]![o]!
      : connect(
          tf.layers.average({ name: `average_${o + 1}` }),
          outputsOfMembers.map((memberOutputs) => memberOutputs[o]!),
        ),
  );
  return tf.model({ name: first.name, inputs, outputs });
}

/** A copy of the model with prefixed layer names; disposes of the original. */
async function prefixed(model: LayersModel, prefix: string): Promise<LayersModel> {
  const topology = structuredClone((await toArtifacts(model)).modelTopology) as Json;
  rename(topology, prefix);
  const copy = await tf.models.modelFromJSON(topology as never);
  copy.setWeights(model.getWeights());
  model.dispose();
  return copy;
}

type Json = { [key: string]: unknown };

/** Prefixes the names of a layer and of the layers inside it, and all references to them. */
function rename(layer: Json, prefix: string): void {
  const config = (layer.config ?? {}) as Json;
  for (const named of [layer, config]) {
    if (typeof named.name === "string") named.name = prefix + named.name;
  }
  for (const inner of [config.layers, config.layer, config.cell, config.cells].flat()) {
    if (inner && typeof inner === "object" && "config" in inner) rename(inner as Json, prefix);
  }
  // [[["name", node, tensor, {}], ...], ...] and [["name", node, tensor], ...]
  for (const nodes of (layer.inbound_nodes ?? []) as unknown[][][]) {
    for (const reference of nodes) reference[0] = prefix + reference[0];
  }
  for (const key of ["input_layers", "output_layers"]) {
    for (const reference of (config[key] ?? []) as unknown[][]) {
      reference[0] = prefix + reference[0];
    }
  }
}
