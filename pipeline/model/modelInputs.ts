/** What a model is built from: for every declared input its spec, its options, and what was fitted to the training movies. */

import { groupsOf } from "../../predictor/item.ts";
import { type FittedInput, inputFitOf, specsOf } from "../inputs/fit.ts";
import type { FittedImage } from "../inputs/image/fit.ts";
import type { NumberInput } from "../inputs/number/fit.ts";
import { isColumn, isTable } from "../inputs/options.ts";
import type { FittedTableOptions } from "../inputs/table/fit.ts";
import type { TextInput } from "../inputs/text/fit.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import type { Backbone, FeatureMoments } from "./backbone.ts";

export interface ImageInput extends FittedImage {
  /** A pretrained network instead of our own, and the moments of its features. */
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
}

/** A text, with the pretrained encoder that reads it beside the words. */
export type TextModelInput = TextInput & {
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
};

export type ModelInput =
  | Exclude<FittedInput, FittedImage | TextInput>
  | TextModelInput
  | ImageInput;
/** By name; their order is that of the graph's inputs and of the towers. */
export type ModelInputs = Readonly<Record<string, ModelInput>>;

export interface ModelParts {
  readonly inputs: ModelInputs;
  /** Number of the model's outputs. */
  readonly labels: number;
  readonly target: FittedTarget;
}

/** Inputs that share a tower because none of them has one of its own. */
export interface TableInput {
  readonly type: "table";
  readonly options: FittedTableOptions;
  /** By name. */
  readonly columns: ModelInputs;
}

/** What a tower is of: an input with the options of a tower, or a table. */
export type TowerInput = Exclude<ModelInput, ColumnInput> | TableInput;
export type ColumnInput = Extract<
  ModelInput,
  { readonly options?: FittedTableOptions | undefined }
>;

/** A number in the tower of another input. */
export interface BesideInput {
  readonly name: string;
  readonly main: NumberInput;
}

/** An input whose own tower the group's is. */
export interface PartInput {
  readonly name: string;
  readonly main: Exclude<ModelInput, ColumnInput>;
}

/** A group of inputs, which share a tower. */
export interface Group {
  /** As the fusion, reports and answers name it. */
  readonly name: string;
  /** Prefix of the tower's layers: the name of its main input, or of the group where it has several or none. */
  readonly input: string;
  /** Its main input, several as one, or the table. */
  readonly main: TowerInput;
  /** Its main inputs, which the tower reads one after another; a table has none. */
  readonly parts: readonly PartInput[];
  /** A number beside it. */
  readonly number: BesideInput | undefined;
  /** Names of all its inputs. */
  readonly members: readonly string[];
}

/** Found once per model: batches ask for them movie by movie. */
const groupsOfInputs = new WeakMap<ModelInputs, readonly Group[]>();

/** @throws Error if a group is neither a table nor inputs that are read as one, with at most one number beside them. */
export function modelGroups(inputs: ModelInputs): readonly Group[] {
  const known = groupsOfInputs.get(inputs);
  if (known) return known;
  const groups = [...groupsOf(specsOf(inputs))].map(([name, members]) =>
    isTable(members.map((member) => inputs[member]!))
      ? tableOf(name, members, inputs)
      : groupOf(name, members, inputs),
  );
  groupsOfInputs.set(inputs, groups);
  return groups;
}

function tableOf(name: string, members: readonly string[], inputs: ModelInputs): Group {
  const columns = Object.fromEntries(members.map((member) => [member, inputs[member]!]));
  const [{ options }] = Object.values(columns) as [ColumnInput];
  if (!options)
    throw new Error(`internal: the table "${name}" of ${members.join(", ")} has no options`);
  return {
    name,
    input: name,
    main: { type: "table", options, columns },
    parts: [],
    number: undefined,
    members,
  };
}

function groupOf(name: string, members: readonly string[], inputs: ModelInputs): Group {
  const beside = members.filter((member) => isColumn(inputs[member]!));
  const parts = members
    .filter((member) => !beside.includes(member))
    .map((member) => ({ name: member, main: inputs[member] as PartInput["main"] }));
  const [first, ...others] = parts as [PartInput, ...PartInput[]];
  const mains = parts.map(({ main }) => main);
  const main =
    others.length === 0 ? first.main : (inputFitOf(first.main).join?.(mains) as PartInput["main"]);
  if (main === undefined || beside.length > 1) {
    throw new Error(`internal: group "${name}" of ${members.join(", ")} has no tower`);
  }
  const input = others.length === 0 ? first.name : name;
  const [number] = beside.map((member) => ({ name: member, main: inputs[member] as NumberInput }));
  return { name, input, main, parts, number, members };
}

/** @throws Error if there is no such group. */
export function groupNamed(inputs: ModelInputs, name: string): Group {
  const group = modelGroups(inputs).find((each) => each.name === name);
  if (!group) throw new Error(`internal: no group is named "${name}"`);
  return group;
}

/** The same parts with other moments of backbones' features, by input. */
export function withMoments(
  parts: ModelParts,
  moments: Readonly<Record<string, FeatureMoments>>,
): ModelParts {
  const inputs = Object.entries(parts.inputs).map(([name, input]) => [
    name,
    "backbone" in input && input.backbone
      ? { ...input, backbone: { ...input.backbone, ...moments[name] } }
      : input,
  ]);
  return { ...parts, inputs: Object.fromEntries(inputs) };
}
