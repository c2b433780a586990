/** A fixed batch of items that a provider must answer as WebAssembly does, and with which its speed is measured. */

import type { Item } from "../../predictor/inputs/inputType.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupsOf } from "../../predictor/item.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { PROVIDER_TOLERANCE } from "../../predictor/providerTolerance.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { Trouble } from "../troubles.ts";
import { exampleItem } from "./inputs/types.ts";

/** Predictions of which the median is taken. */
const ROUNDS = 9;

/** One item with every input, then one for each group of inputs alone. */
function testItems(inputs: InputSpecs): Item[] {
  const groups = [...groupsOf(inputs).values()];
  return [exampleItem(inputs), ...groups.map((names) => exampleItem(inputs, names))];
}

/**
 * Asks both for the same items.
 *
 * @returns The largest difference between two outputs, as a share of their range, 0 to `PROVIDER_TOLERANCE`.
 * @throws Error if it is larger, or an output is not a number.
 */
export async function compare(predictor: Predictor, reference: Predictor): Promise<number> {
  const range = rangeOf(reference.target);
  const items = testItems(reference.inputs).map((item) => reference.encode(item));
  const actual = await predictor.outputs(items);
  const expected = await reference.outputs(items);
  const largest = expected.reduce(
    // NaN stays NaN.
    (most, value, i) => Math.max(most, Math.abs(actual[i]! - value) / range),
    0,
  );
  // NaN is not at most anything.
  if (!(largest <= PROVIDER_TOLERANCE)) {
    throw new Trouble("differs", { by: largest.toPrecision(2), allowed: PROVIDER_TOLERANCE });
  }
  return largest;
}

/** How far apart two outputs can be. */
function rangeOf(target: TargetSpec): number {
  // Training may have seen one number only.
  return "max" in target && target.max > target.min ? target.max - target.min : 1;
}

/** @returns Median milliseconds of one prediction for an item with every input. */
export async function measure(predictor: Predictor, inputs: InputSpecs): Promise<number> {
  const item = exampleItem(inputs);
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await predictor.predict([item]);
    times.push(performance.now() - start);
  }
  return times.sort((a, b) => a - b)[Math.floor(ROUNDS / 2)]!;
}
