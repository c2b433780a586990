/** A tfjs model as plain data for the converter. */

import { io } from "@tensorflow/tfjs-core";
import type { LayersModel } from "@tensorflow/tfjs-layers";

export interface LayersArtifacts {
  readonly modelTopology: unknown;
  readonly weightSpecs: readonly io.WeightsManifestEntry[];
  readonly weightData: ArrayBuffer;
}

/** Topology and weights of a model, without writing files. */
export async function toArtifacts(model: LayersModel): Promise<LayersArtifacts> {
  let saved: io.ModelArtifacts | undefined;
  await model.save(
    io.withSaveHandler(async (artifacts) => {
      saved = artifacts;
      return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: "JSON" } };
    }),
  );
  if (!saved?.modelTopology || !saved.weightSpecs || !saved.weightData) {
    throw new Error("internal: tfjs saved a model without topology or weights");
  }
  return {
    modelTopology: saved.modelTopology,
    weightSpecs: saved.weightSpecs,
    weightData: new io.CompositeArrayBuffer(saved.weightData).slice(),
  };
}
