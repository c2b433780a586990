/** Several models with the same inputs as one that answers with their average. */

import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { toArtifacts } from "./artifacts.ts";
import { connect } from "./connect.ts";

/**
 * The members become layers of the new model, with their layers' names prefixed ("member1_...").
 *
 * @param models With equal inputs and outputs; they are used up.
 */
export async function averageModels(models: readonly LayersModel[]): Promise<LayersModel> {
  const [first] = models;
  if (!first) throw new Error("internal: an average of no models");
  const inputs = first.inputs.map(({ shape, dtype }, i) =>
    tf.input({ name: first.inputNames[i]!, shape: shape.slice(1), dtype: dtype ?? "float32" }),
  );
  const answers: SymbolicTensor[][] = [];
  for (const [i, model] of models.entries()) {
    const member = await prefixed(model, `member${i + 1}_`);
    answers.push([member.apply(inputs)].flat() as SymbolicTensor[]);
  }
  const outputs = first.outputs.map((_, o) =>
    answers.length === 1
      ? answers[0]![o]!
      : connect(
          tf.layers.average({ name: `average_${o + 1}` }),
          answers.map((found) => found[o]!),
        ),
  );
  return tf.model({ name: first.name, inputs, outputs });
}

/** A copy of the model under other names; the original is disposed of. */
async function prefixed(model: LayersModel, prefix: string): Promise<LayersModel> {
  const topology = structuredClone((await toArtifacts(model)).modelTopology) as Json;
  rename(topology, prefix);
  const copy = await tf.models.modelFromJSON(topology as never);
  copy.setWeights(model.getWeights());
  model.dispose();
  return copy;
}

type Json = { [key: string]: unknown };

/** Prefixes the names of a layer, of the layers in it, and of all that refer to them. */
function rename(layer: Json, prefix: string): void {
  const config = (layer.config ?? {}) as Json;
  for (const holder of [layer, config]) {
    if (typeof holder.name === "string") holder.name = prefix + holder.name;
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
