/** Towers of texts. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { TitleSpec } from "../../../predictor/preprocess/title.ts";
import { linearTextWeights } from "../../model/linearText.ts";
import type { Group } from "../../model/modelInputs.ts";
import { textTower } from "../../model/text.ts";
import { type GroupOf, graphInput, type TowerType } from "../../model/towerType.ts";
import { wordVectorWeights } from "../../model/wordVectors.ts";
import { givenNumberWeights, initialNumberWeights } from "../number/beside.ts";
import { numberInputs } from "../number/tower.ts";
import type { TextInput } from "./fit.ts";

export const text: TowerType<TextInput> = {
  trained(group, labels) {
    const inputs = textInputs(group);
    return { inputs: listed(inputs), ...textTower(inputs.tokens, partsOf(group, inputs, labels)) };
  },
  inGraph(group, labels) {
    const inputs = textInputs(group);
    const { attention, ...tower } = textTower(inputs.tokens, partsOf(group, inputs, labels));
    return { inputs: listed(inputs), tower, attention };
  },
  given: ({ input, number, main }) =>
    new Map([
      ...wordVectorWeights(input, main.words),
      ...(main.options.encoder === "linear" ? linearTextWeights(input, main.termWeights) : []),
      ...(number ? givenNumberWeights(number, main.options.encoder === "linear") : []),
    ]),
  initial: ({ number }) => (number ? initialNumberWeights(number) : new Map()),
  attends: () => true,
  isConvex: ({ main }) => main.options.encoder === "linear",
};

export interface TextInputs {
  readonly tokens: SymbolicTensor;
  readonly number: ReturnType<typeof numberInputs> | undefined;
}

export function textInputs({
  input,
  number,
  main,
}: Pick<Group, "input" | "number"> & {
  readonly main: { readonly spec: Pick<TitleSpec, "maxWords" | "piecesPerWord"> };
}): TextInputs {
  const { maxWords, piecesPerWord } = main.spec;
  return {
    tokens: graphInput(`${input}_tokens`, [maxWords, piecesPerWord], "int32"),
    number: number && numberInputs(number.name, number.main),
  };
}

export function listed({ tokens, number }: TextInputs): SymbolicTensor[] {
  return [tokens, ...(number?.inputs ?? [])];
}

/** What the text's tower, or a part of it, is built from. */
export function partsOf(
  { input, main: { spec, words, options: config } }: GroupOf<TextInput>,
  inputs: TextInputs,
  labels: number,
) {
  return { input, number: inputs.number, spec, words, config, labels };
}
