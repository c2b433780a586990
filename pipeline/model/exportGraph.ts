/** The export stage: hands our model to the converter and says what its inputs and outputs are called. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Precision, TensorInfo } from "../../predictor/manifest.ts";
import type { Dataset } from "../dataset/dataset.ts";
import { type Conversion, convert } from "../export/convert.ts";
import { toArtifacts } from "./artifacts.ts";
import { GRAPH_OUTPUTS } from "./build.ts";

export interface ExportedGraph {
  readonly precision: Precision;
  readonly onnx: Uint8Array;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/** @throws ConvertError naming every layer that cannot be expressed. */
export async function exportGraph(
  model: LayersModel,
  dataset: Pick<Dataset, "name" | "synthetic">,
  precision: Precision,
): Promise<ExportedGraph> {
  const { onnx, inputs, outputs } = convert(await toArtifacts(model), {
    dtype: precision,
    name: "marquee",
    docString: `Movie genres from title, poster and ratings; trained on ${dataset.name}${dataset.synthetic ? " (synthetic)" : ""}.`,
    inputs: {
      // Bytes as decoders give them; casting and scaling are inside the graph.
      poster: { dtype: "uint8" },
      rating_users: { shape: ["batch", "ratings"] },
      rating_stars: { shape: ["batch", "ratings"] },
    },
    outputNames: GRAPH_OUTPUTS,
  });
  return { precision, onnx, inputs: inputs.map(tensorInfo), outputs: outputs.map(tensorInfo) };
}

/** A backbone's features as a graph of their own: `poster` uint8 [n, H, W, 3] -> `features` float32 [n, features]. */
export async function exportFeatures(model: LayersModel): Promise<Uint8Array> {
  const { onnx } = convert(await toArtifacts(model), {
    name: "poster_features",
    inputs: { poster: { dtype: "uint8" } },
    outputNames: ["features"],
  });
  return onnx;
}

function tensorInfo({ name, dtype, shape }: Conversion["inputs"][number]): TensorInfo {
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "uint8") {
    throw new Error(`internal: graph tensor "${name}" is ${dtype}, which no host feeds`);
  }
  return { name, type: dtype, shape: shape.map((dim) => dim ?? "?") };
}
