/** What a model is built from: for every declared input its spec, its options, and what was fitted to the training movies. */

import { groupsOf } from "../../predictor/item.ts";
import {
  type FittedImage,
  type NumberInput,
  type RatingsInput,
  specsOf,
  type TextInput,
} from "../fit/fittedInputs.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import type { Backbone, FeatureMoments } from "./backbone.ts";

export interface ImageInput extends FittedImage {
  /** A pretrained network instead of our own, and the moments of its features. */
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
}

export type ModelInput = TextInput | ImageInput | RatingsInput | NumberInput;
/** By name; their order is that of the graph's inputs and of the towers. */
export type ModelInputs = Readonly<Record<string, ModelInput>>;

export interface ModelParts {
  readonly inputs: ModelInputs;
  /** Number of the model's outputs. */
  readonly labels: number;
  readonly target: FittedTarget;
}

/** A group of inputs, which share a tower. */
export interface Group {
  /** As the fusion, reports and answers name it. */
  readonly name: string;
  /** Name of the input that the tower is of. */
  readonly input: string;
  readonly main: Exclude<ModelInput, NumberInput>;
  /** Name of a number beside it. */
  readonly number: string | undefined;
}

/** Found once per model: batches ask for them movie by movie. */
const groupsOfInputs = new WeakMap<ModelInputs, readonly Group[]>();

/** @throws Error if a group is not one input with at most one number beside it. */
export function modelGroups(inputs: ModelInputs): readonly Group[] {
  const known = groupsOfInputs.get(inputs);
  if (known) return known;
  const groups = [...groupsOf(specsOf(inputs))].map(([name, members]) => {
    const numbers = members.filter((member) => inputs[member]!.type === "number");
    const [input, ...others] = members.filter((member) => !numbers.includes(member));
    const main = input === undefined ? undefined : inputs[input];
    if (!main || main.type === "number" || others.length > 0 || numbers.length > 1) {
      throw new Error(`internal: group "${name}" of ${members.join(", ")} has no tower`);
    }
    return { name, input: input!, main, number: numbers[0] };
  });
  groupsOfInputs.set(inputs, groups);
  return groups;
}

/** @throws Error if there is no such group. */
export function groupNamed(inputs: ModelInputs, name: string): Group {
  const group = modelGroups(inputs).find((each) => each.name === name);
  if (!group) throw new Error(`internal: no group is named "${name}"`);
  return group;
}

/** The same parts with other moments of a backbone's features. */
export function withMoments(parts: ModelParts, moments: FeatureMoments): ModelParts {
  const inputs = Object.entries(parts.inputs).map(([name, input]) => [
    name,
    input.type === "image" && input.backbone
      ? { ...input, backbone: { ...input.backbone, ...moments } }
      : input,
  ]);
  return { ...parts, inputs: Object.fromEntries(inputs) };
}
