/**
 * Towers of sequences: the encoders and the attention of texts, over steps instead of words.
 *
 * Shapes: B batch, T steps, F features of a step, U units of the encoder's output.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { attend } from "../../model/attention.ts";
import { connect } from "../../model/connect.ts";
import { encodeWords } from "../../model/encoder.ts";
import { isKnown } from "../../model/number.ts";
import { equalShares, largest, logitsOf } from "../../model/parts.ts";
import {
  type GraphTower,
  type GroupOf,
  graphInput,
  type TowerType,
} from "../../model/towerType.ts";
import { besideSteps, givenNumberWeights, initialNumberWeights } from "../number/beside.ts";
import { numberInputs } from "../number/tower.ts";
import type { SequenceInput } from "./fit.ts";

export const sequence: TowerType<SequenceInput> = {
  trained(group, labels) {
    const { inputs, tower } = build(group, labels);
    return { inputs, logits: tower.logits };
  },
  inGraph(group, labels) {
    const { attention, ...rest } = build(group, labels);
    return hasAttention(group) ? { ...rest, attention: [attention] } : rest;
  },
  given: ({ number }) => (number ? givenNumberWeights(number, false) : new Map()),
  initial: ({ number }) => (number ? initialNumberWeights(number) : new Map()),
  attended: (group) => (hasAttention(group) ? [group.input] : []),
};

function hasAttention({ main }: GroupOf<SequenceInput>): boolean {
  return main.options.attention !== "none";
}

function build(
  { input, number, main: { spec, options } }: GroupOf<SequenceInput>,
  labels: number,
): Omit<GraphTower, "attention"> & { readonly attention: SymbolicTensor } {
  const T = spec.maxSteps;
  const steps = graphInput(input, [T, spec.features]);
  const mask = graphInput(`${input}_mask`, [T]);
  const shares = equalShares(mask, `${input}_step_share`); // [B, T]
  const config = { ...options, input };
  const encoded = encodeWords(steps, { mask, shares }, config);
  const { vector, attention } = attend(encoded, { mask, shares }, config); // [B, U]
  const anyStep = largest(mask, `${input}_any_step`);
  const rates = { input, labels, dropout: options.dropout };
  if (!number) {
    return { inputs: [steps, mask], tower: logitsOf(vector, anyStep, rates), attention };
  }
  const beside = numberInputs(number.name, number.main);
  const known = isKnown(beside);
  const features = connect(tf.layers.concatenate({ name: `${input}_features` }), [
    vector,
    besideSteps(beside, known),
  ]);
  const presence = connect(tf.layers.maximum({ name: `${input}_presence` }), [anyStep, known]);
  const inputs = [steps, mask, ...beside.inputs];
  return { inputs, tower: logitsOf(features, presence, rates), attention };
}
