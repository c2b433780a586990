/** Towers of texts. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { connect } from "../../model/connect.ts";
import { linearTextWeights } from "../../model/linearText.ts";
import { someRows } from "../../model/parts.ts";
import { type TextTowerParts, textTower } from "../../model/text.ts";
import { placesOf, type TextPart, type TextParts } from "../../model/textParts.ts";
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
    const parts = partsOf(group, inputs, labels);
    const { attention, ...tower } = textTower(inputs.tokens, parts);
    return { inputs: listed(inputs), tower, attention: attentionOfEach(attention, parts) };
  },
  given: ({ input, number, main }) =>
    new Map([
      ...wordVectorWeights(input, main.words),
      ...(main.options.encoder === "linear" ? linearTextWeights(input, main.termWeights) : []),
      ...(number ? givenNumberWeights(number, main.options.encoder === "linear") : []),
    ]),
  initial: ({ number }) => (number ? initialNumberWeights(number) : new Map()),
  attended: ({ parts }) => parts.map(({ name }) => name),
  isConvex: ({ main }) => main.options.encoder === "linear",
};

export interface TextInputs {
  /** The graph's inputs, one per text. */
  readonly texts: readonly SymbolicTensor[];
  /** One text after another [B, W, P]. */
  readonly tokens: SymbolicTensor;
  readonly number: ReturnType<typeof numberInputs> | undefined;
}

export function textInputs({ input, number, parts, main }: GroupOf<TextInput>): TextInputs {
  const texts = textsOf(parts).map(({ name, words }) =>
    graphInput(`${name}_tokens`, [words, main.spec.piecesPerWord], "int32"),
  );
  return {
    texts,
    tokens:
      texts.length === 1
        ? texts[0]!
        : connect(tf.layers.concatenate({ axis: 1, name: `${input}_all_tokens` }), texts),
    number: number && numberInputs(number.name, number.main),
  };
}

export function listed({ texts, number }: TextInputs): SymbolicTensor[] {
  return [...texts, ...(number?.inputs ?? [])];
}

function textsOf(parts: GroupOf<TextInput>["parts"]): TextPart[] {
  return parts.map(({ name, main }) => {
    const { spec, weight = 1 } = main as TextInput;
    return { name, words: spec.maxWords, weight };
  });
}

/** The attention over every text's words [B, words]. */
function attentionOfEach(
  attention: SymbolicTensor,
  { texts }: Pick<TextParts, "texts">,
): SymbolicTensor[] {
  if (texts.length === 1) return [attention];
  return placesOf(texts).map((place, i) =>
    someRows(attention, place, `${texts[i]!.name}_attention_part`),
  );
}

/** What the text's tower, or a part of it, is built from. */
export function partsOf(
  { input, parts, main: { spec, words, options: config } }: GroupOf<TextInput>,
  inputs: TextInputs,
  labels: number,
): TextTowerParts {
  return { input, texts: textsOf(parts), number: inputs.number, spec, words, config, labels };
}
