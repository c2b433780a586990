/** Towers of texts. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { backboneWeights, featuresInput, standardiseFeatures } from "../../model/backbone.ts";
import { connect } from "../../model/connect.ts";
import { linearTextWeights } from "../../model/linearText.ts";
import type { TextModelInput } from "../../model/modelInputs.ts";
import { someRows } from "../../model/parts.ts";
import { type TextTowerParts, textTower } from "../../model/text.ts";
import { placesOf, type TextPart, type TextParts } from "../../model/textParts.ts";
import { type GroupOf, graphInput, type TowerType } from "../../model/towerType.ts";
import { wordVectorWeights } from "../../model/wordVectors.ts";
import { givenNumberWeights, initialNumberWeights } from "../number/beside.ts";
import { numberInputs } from "../number/tower.ts";

export const text: TowerType<TextModelInput> = {
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
  given: ({ input, number, main, parts }) =>
    new Map([
      ...encodersOf(parts).flatMap(({ name, backbone }) => [
        ...backboneWeights(name, backbone, backbone),
      ]),
      ...wordVectorWeights(input, main.words),
      ...(main.options.encoder === "linear" ? linearTextWeights(input, main.termWeights) : []),
      ...(number ? givenNumberWeights(number, main.options.encoder === "linear") : []),
    ]),
  initial: ({ number }) => (number ? initialNumberWeights(number) : new Map()),
  attended: ({ parts }) => parts.map(({ name }) => name),
};

export interface TextInputs {
  /** The graph's inputs: the tokens of each text, followed by its backbone's features if it has one. */
  readonly texts: readonly SymbolicTensor[];
  /** Standardised features of all texts [B, features]; undefined without a backbone. */
  readonly pretrained: SymbolicTensor | undefined;
  /** One text after another [B, W, P]. */
  readonly tokens: SymbolicTensor;
  readonly number: ReturnType<typeof numberInputs> | undefined;
}

export function textInputs({ input, number, parts, main }: GroupOf<TextModelInput>): TextInputs {
  const tokens = textsOf(parts).map(({ name, words }) =>
    graphInput(`${name}_tokens`, [words, main.spec.piecesPerWord], "int32"),
  );
  const features = new Map(
    encodersOf(parts).map(({ name, backbone }) => [name, featuresInput(name, backbone)]),
  );
  const standardised = [...features].map(([name, each]) => standardiseFeatures(name, each, false));
  return {
    texts: parts.flatMap(({ name }, i) => [
      tokens[i]!,
      ...(features.has(name) ? [features.get(name)!] : []),
    ]),
    pretrained: sideBySide(standardised, { axis: -1, name: `${input}_pretrained_texts` }),
    tokens: sideBySide(tokens, { axis: 1, name: `${input}_all_tokens` })!,
    number: number && numberInputs(number.name, number.main),
  };
}

/** A layer cannot concatenate a single tensor. */
function sideBySide(
  tensors: readonly SymbolicTensor[],
  options: { readonly axis: number; readonly name: string },
): SymbolicTensor | undefined {
  const [first, ...others] = tensors;
  return others.length === 0 ? first : connect(tf.layers.concatenate(options), [...tensors]);
}

/** The texts of a group that a pretrained encoder reads, too. */
function encodersOf(parts: GroupOf<TextModelInput>["parts"]) {
  return parts.flatMap(({ name, main }) => {
    const { backbone } = main as TextModelInput;
    return backbone ? [{ name, backbone }] : [];
  });
}

/** Number of features of all texts' pretrained encoders. */
export function pretrainedCount({ parts }: Pick<GroupOf<TextModelInput>, "parts">): number {
  return encodersOf(parts).reduce((sum, { backbone }) => sum + backbone.features, 0);
}

export function listed({ texts, number }: TextInputs): SymbolicTensor[] {
  return [...texts, ...(number?.inputs ?? [])];
}

function textsOf(parts: GroupOf<TextModelInput>["parts"]): TextPart[] {
  return parts.map(({ name, main }) => {
    const { spec, weight = 1 } = main as TextModelInput;
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
  { input, parts, main: { spec, words, options: config } }: GroupOf<TextModelInput>,
  inputs: TextInputs,
  labels: number,
): TextTowerParts {
  const { number, pretrained } = inputs;
  return { input, texts: textsOf(parts), number, pretrained, spec, words, config, labels };
}
