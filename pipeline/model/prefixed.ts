/** Models under other names: two that become parts of one graph must not share names of layers. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { toArtifacts } from "./artifacts.ts";

/** A copy of the model with prefixed names of layers; disposes of the original. */
export async function prefixed(model: LayersModel, prefix: string): Promise<LayersModel> {
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
