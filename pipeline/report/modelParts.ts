/** The published model's parts: a tower for each group of inputs, and their fusion, with their parameters. */

import type { LayersModel } from "@tensorflow/tfjs-layers";
import type { Group } from "../model/modelInputs.ts";
import type { ModelPart } from "./runRecord.ts";

/** Name of what is not part of a tower. */
const FUSION = "fusion";
/** Prefix of the layers of an average of models. */
const MEMBER = /^member\d+_/;

interface Parts {
  readonly list: readonly ModelPart[];
  /** Name of the part that a layer belongs to. */
  of(layer: string): string;
}

/** Names of layers begin with the input that they are for; those of nested models are counted with their layer. */
export function modelParts(
  model: LayersModel,
  groups: readonly Pick<Group, "name" | "input" | "members">[],
): Parts {
  const prefixes = groups.flatMap(({ name, input, members }) =>
    [input, ...members].map((prefix) => ({ prefix, part: name })),
  );
  // "cover_back" before "cover".
  prefixes.sort((a, b) => b.prefix.length - a.prefix.length);
  const of = (layer: string) => {
    const own = layer.replace(MEMBER, "").replace(/^has_/, "");
    const found = prefixes.find(({ prefix }) => own === prefix || own.startsWith(`${prefix}_`));
    return found?.part ?? FUSION;
  };
  const leaves = leavesOf(model);
  const list = [
    ...groups.map(({ name, members }) => ({ name, inputs: [...members] })),
    { name: FUSION, inputs: [] },
  ].map(({ name, inputs }) => {
    const own = leaves.filter((layer) => of(layer.name) === name);
    return {
      name,
      inputs,
      trained: countOf(own.flatMap(({ trainableWeights }) => trainableWeights)),
      fixed: countOf(own.flatMap(({ nonTrainableWeights }) => nonTrainableWeights)),
    };
  });
  return { list, of };
}

/** A model's layers; of an average of models, those of its members. */
function leavesOf(model: LayersModel): LayersModel["layers"] {
  return model.layers.flatMap((layer) =>
    "layers" in layer && MEMBER.test(layer.name) ? leavesOf(layer as LayersModel) : [layer],
  );
}

function countOf(weights: readonly { readonly shape: readonly (number | null)[] }[]): number {
  return weights.reduce(
    (sum, { shape }) => sum + shape.reduce<number>((product, size) => product * size!, 1),
    0,
  );
}
