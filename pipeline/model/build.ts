/** Builds models from towers: one per tower for training, and one with all towers and the fusion for export. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { Random } from "../common/random.ts";
import { imageInput } from "../inputs/image/tower.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import { listed, partsOf, textInputs } from "../inputs/text/tower.ts";
import { towerType } from "../inputs/tower.ts";
import { outputName, rulesOf } from "../targets/types.ts";
import { backboneFeatures, type LayersBackbone } from "./backbone.ts";
import { connect } from "./connect.ts";
import { fuse } from "./fusion.ts";
import { linearText } from "./linearText.ts";
import { groupNamed, type ModelParts, modelGroups } from "./modelInputs.ts";
import type { GroupOf } from "./towerType.ts";
import { initialiseWeights, setWeights, type Weights } from "./weights.ts";

/**
 * One tower as a model for training; the output is its logits [B, L], and where it has several networks, a second one
 * theirs (see `TrainedTower`). Inputs, for a group of the input `NAME`:
 *
 * - text: NAME_tokens, and the number beside it
 * - image: NAME, has_NAME; with a frozen backbone, NAME_features (standardised), has_NAME
 * - ratings: NAME_vector (see `pooledVector`), has_NAME, and with a linear model NAME_direction, NAME_amounts
 * - sequence, and a table's columns: as in the graph
 *
 * @param random Draws the initial weights: the same stream gives the same bits.
 */
export function buildTower(group: string, parts: ModelParts, random: Random): LayersModel {
  const named = groupNamed(parts.inputs, group);
  const type = towerType(named);
  const { inputs, logits, apart } = type.trained(named, parts.labels);
  const outputs = apart ? [logits, apart] : logits;
  const model = tf.model({ name: group, inputs: [...inputs], outputs });
  const known = new Map([...(type.initial?.(named, parts.labels) ?? []), ...type.given(named)]);
  initialiseWeights(model, known, random);
  return model;
}

/** The features that a linear text encoder is fitted to: NAME_tokens, number -> `terms`, `features`. */
export function buildLinearTextFeatures(group: GroupOf<TextInput>, labels: number): LayersModel {
  const inputs = textInputs(group);
  const { terms, features } = linearText(inputs.tokens, partsOf(group, inputs, labels));
  const model = tf.model({ inputs: listed(inputs), outputs: [terms, features] });
  setWeights(model, towerType(group).given(group));
  return model;
}

/** A backbone alone, for features that are computed once: image [B, H, W, 3] -> [B, features]. */
export function buildFeatureModel(
  backbone: LayersBackbone,
  name: string,
  spec: PosterSpec,
): LayersModel {
  const image = imageInput(name, spec);
  return tf.model({ inputs: image, outputs: backboneFeatures(name, image, backbone) });
}

/**
 * Names of the published graph's outputs, in order: that of the target [B, L], `NAME_attention` [B, parts] of every input
 * whose tower has attention over its parts, and `modality_weights` [B, groups].
 */
export function graphOutputs({ inputs, target }: Pick<ModelParts, "inputs" | "target">): string[] {
  const attended = modelGroups(inputs).flatMap((group) => towerType(group).attended?.(group) ?? []);
  return [outputName(target), ...attended.map((input) => `${input}_attention`), "modality_weights"];
}

/**
 * The published graph: inputs as the predictor makes them, outputs as in `graphOutputs`.
 *
 * @param weights Weights of all towers and of the fusion.
 * @throws Error naming every weight that is missing or of another size.
 */
export function buildInferenceModel(parts: ModelParts, weights: Weights): LayersModel {
  const { inputs, labels, target } = parts;
  const groups = modelGroups(inputs);
  const built = groups.map((group) => towerType(group).inGraph(group, labels));
  const towers = Object.fromEntries(groups.map(({ name }, g) => [name, built[g]!.tower]));
  const fusion = fuse(
    towers,
    built.flatMap(({ amounts }) => amounts ?? []),
    labels,
  );
  const answers = connect(rulesOf(target).activation(target), fusion.logits);
  const model = tf.model({
    name: "marquee",
    inputs: built.flatMap((tower) => [...tower.inputs]),
    outputs: [answers, ...built.flatMap(({ attention }) => attention ?? []), fusion.gates],
  });
  const given = groups.flatMap((group) => [...towerType(group).given(group)]);
  const ofGraph = built.flatMap((tower) => [...(tower.weights ?? [])]);
  // Some layers of the graph have weights that training may change.
  setWeights(model, new Map([...given, ...ofGraph, ...weights]));
  return model;
}
