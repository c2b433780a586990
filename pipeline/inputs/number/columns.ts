/**
 * Numbers of a table in the graph. Those with as many steps are computed together, so that a training step of hundreds of
 * numbers takes hardly longer than one of a few.
 *
 * Shapes: B batch, N numbers, S steps of each.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { groupBy } from "../../../predictor/groupBy.ts";
import { connect } from "../../model/connect.ts";
import { isKnown } from "../../model/number.ts";
import { joined, largest, untrainedDense } from "../../model/parts.ts";
import { denseRows } from "../../regression/sparseRows.ts";
import type { Column, ColumnTower, NamedInputs, TableParts, TensorsOf } from "../table/column.ts";
import type { NumberFit, NumberInput } from "./fit.ts";
import { fittedFeatures, fittedWeights, numberInputs, stepsOf } from "./tower.ts";

export const number: ColumnTower<NumberInput> = {
  columns: (inputs, table) =>
    alike(inputs, table).map(({ prefix, numbers }) => columnOf(prefix, numbers, table)),
  linearParts: (inputs, table) =>
    alike(inputs, table).map(({ prefix, numbers }) => ({
      weight: `${prefix}_fitted/kernel`,
      features: 2 * numbers.length,
      rows: (tensorsOf, items) =>
        denseRows(clippedAndKnown(numbers, tensorsOf, items), 2 * numbers.length),
    })),
  given: (inputs, table) =>
    new Map(
      alike(inputs, table).flatMap(({ prefix, numbers }) => {
        const fits = numbers.flatMap(([, { fit }]) => fit ?? []);
        return [...fittedWeights(prefix, fits)];
      }),
    ),
};

interface Alike {
  /** Begins the names of their layers. */
  readonly prefix: string;
  readonly numbers: NamedInputs<NumberInput>;
}

/** The numbers by their number of steps. */
function alike(inputs: NamedInputs<NumberInput>, { prefix }: Pick<TableParts, "prefix">): Alike[] {
  const bySteps = groupBy(inputs, ([, { fit }]) => (fit ? stepsOf(fit) : 0));
  return [...bySteps].map(([steps, numbers]) => ({
    prefix: `${prefix}_numbers_of_${steps}`,
    numbers,
  }));
}

function columnOf(
  prefix: string,
  numbers: NamedInputs<NumberInput>,
  { options: { clip }, labels }: TableParts,
): Column {
  const given = numbers.map(([name, input]) => numberInputs(name, input));
  const value = joined(
    `${prefix}_values`,
    given.map((one) => one.value),
  ); // [B, N]
  const known = joined(`${prefix}_known`, given.map(isKnown)); // [B, N]
  // Nothing is fitted to a number inside a text of the data set.
  const fits = numbers.map(([, { fit }]): NumberFit => fit ?? { clip, places: [] });
  const { clipped, encoded: features } = fittedFeatures(prefix, { value, known }, fits);
  const linear = connect(
    tf.layers.dense({
      units: labels,
      useBias: false,
      kernelInitializer: "zeros",
      name: `${prefix}_linear`,
    }),
    features,
  );
  return {
    inputs: new Map(given.map(({ input, inputs }) => [input, inputs])),
    presence: anyOf(known, prefix),
    // What is known tells a missing number from one in the middle.
    features: joined(`${prefix}_column`, [features, known]),
    linear,
    linearModel: () =>
      untrainedDense(`${prefix}_fitted`, labels, joined(`${prefix}_both`, [clipped, known])),
  };
}

/** What the linear model reads, of items outside the graph [items, 2 N]. */
function clippedAndKnown(
  numbers: NamedInputs<NumberInput>,
  tensorsOf: TensorsOf,
  items: number,
): Float32Array {
  const both = new Float32Array(items * 2 * numbers.length);
  for (const [n, [name, input]] of numbers.entries()) {
    const { clip } = input.fit ?? input.options!;
    const [values, flags] = tensorsOf(name, input);
    for (let row = 0; row < items; row++) {
      const value = values![row]!;
      const at = row * 2 * numbers.length + n;
      both[at] = Math.min(clip, Math.max(-clip, value));
      both[at + numbers.length] = flags ? flags[row]! : Math.min(1, Math.max(0, value));
    }
  }
  return both;
}

/** Whether any number is known [B, 1]. */
function anyOf(known: SymbolicTensor, prefix: string): SymbolicTensor {
  return known.shape[1] === 1 ? known : largest(known, `${prefix}_presence`);
}
