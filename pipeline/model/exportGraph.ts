/** The export stage: converts our model and names the graph's inputs and outputs. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import { groupsOf } from "../../predictor/item.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Precision, TensorInfo } from "../../predictor/manifest.ts";
import { type Dataset, declaredTarget, nounsOf } from "../dataset/dataset.ts";
import { type Conversion, type ConvertOptions, convert } from "../export/convert.ts";
import type { Front } from "../export/prepend.ts";
import { type FittedInputs, specsOf } from "../inputs/fit.ts";
import { towerType } from "../inputs/tower.ts";
import { rulesOf } from "../targets/types.ts";
import { toArtifacts } from "./artifacts.ts";
import { graphsBefore } from "./backbone.ts";
import { graphOutputs } from "./build.ts";
import { type ModelInputs, type ModelParts, modelGroups } from "./modelInputs.ts";

export interface ExportedGraph {
  readonly precision: Precision;
  readonly onnx: Uint8Array;
  readonly inputs: readonly TensorInfo[];
  readonly outputs: readonly TensorInfo[];
}

/**
 * Without value infos, so that models that were published before stay reproducible bit for bit.
 *
 * @param before The encoders' graphs that become parts of it; default: all.
 * @throws ConvertError naming every layer that cannot be converted. */
export async function exportGraph(
  model: LayersModel,
  parts: ModelParts,
  dataset: Pick<Dataset, "name" | "nouns" | "synthetic" | "target">,
  precision: Precision,
  before: Readonly<Record<string, Front>> = graphsBefore(parts.inputs),
): Promise<ExportedGraph> {
  const { onnx, inputs, outputs } = convert(await toArtifacts(model), {
    dtype: precision,
    name: "marquee",
    docString: `${subjectOf(parts.inputs, dataset)}; trained on ${dataset.name}${dataset.synthetic ? " (synthetic)" : ""}.`,
    inputs: inputOptions(parts.inputs),
    outputNames: graphOutputs(parts),
    before,
    valueInfo: false,
  });
  return { precision, onnx, inputs: inputs.map(tensorInfo), outputs: outputs.map(tensorInfo) };
}

/** "Movie genres from title, poster and ratings" */
export function subjectOf(
  inputs: FittedInputs,
  dataset: Pick<Dataset, "nouns" | "target">,
): string {
  const target = declaredTarget(dataset);
  const groups = [...groupsOf(specsOf(inputs)).keys()];
  const what = rulesOf(target).texts.subject({
    nouns: nounsOf(dataset),
    column: target.column ?? "",
  });
  return `${what} from ${listOf(groups)}`;
}

/** What the converter cannot know of the graph's inputs. */
function inputOptions(inputs: ModelInputs): NonNullable<ConvertOptions["inputs"]> {
  const options = modelGroups(inputs).map((group) => towerType(group).graphInputs?.(group));
  return Object.assign({}, ...options) as NonNullable<ConvertOptions["inputs"]>;
}

/** A backbone's features as a separate graph: `poster` uint8 [n, H, W, 3] -> `features` float32 [n, features]. */
export async function exportFeatures(model: LayersModel): Promise<Uint8Array> {
  const { onnx } = convert(await toArtifacts(model), {
    name: "poster_features",
    inputs: { poster: { dtype: "uint8" } },
    outputNames: ["features"],
    valueInfo: false,
  });
  return onnx;
}

function tensorInfo({ name, dtype, shape }: Conversion["inputs"][number]): TensorInfo {
  if (dtype !== "float32" && dtype !== "int32" && dtype !== "uint8") {
    throw new Error(
      `internal: expected graph tensor "${name}" to be float32, int32 or uint8, got ${dtype}`,
    );
  }
  return { name, type: dtype, shape: shape.map((dim) => dim ?? "?") };
}
