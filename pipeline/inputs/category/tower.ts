/**
 * Categories in the graph: a vector for each known value and one for all others, and its mean over an item's values.
 *
 * Shapes: B batch, V values of an item, D dimensions of a vector, L labels.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { groupBy } from "../../../predictor/groupBy.ts";
import { FIRST_VALUE_ROW, NO_VALUE_ROW } from "../../../predictor/inputs/category.ts";
import { connect } from "../../model/connect.ts";
import { equalShares, largest } from "../../model/parts.ts";
import { graphInput } from "../../model/towerType.ts";
import { type SparseRows, sparseRows } from "../../regression/sparseRows.ts";
import type { Column, ColumnTower, TableParts } from "../table/column.ts";
import type { CategoryInput } from "./fit.ts";

export const category: ColumnTower<CategoryInput> = {
  columns: (inputs, table) => inputs.map(([name, input]) => columnOf(name, input, table)),
  linearParts: (inputs) =>
    inputs.map(([name, input]) => ({
      weight: `${name}_fitted_vectors/embeddings`,
      features: rowsOf(input),
      rows: (tensorsOf, items) => sharesOf(tensorsOf(name, input)[0]!, input, items),
    })),
};

/** How vectors begin, and whether they are trained. */
type Learning = Pick<
  Parameters<typeof tf.layers.embedding>[0],
  "embeddingsInitializer" | "trainable"
>;
const ZEROS: Learning = { embeddingsInitializer: "zeros" };

/** Number of vectors. */
function rowsOf({ spec }: CategoryInput): number {
  return FIRST_VALUE_ROW + spec.values.length;
}

function columnOf(name: string, input: CategoryInput, { options, labels }: TableParts): Column {
  const { spec } = input;
  const V = spec.maxValues;
  const ids = graphInput(name, [V], "int32");
  const asFloat = connect(tf.layers.rescaling({ scale: 1, name: `${name}_numbers` }), ids);
  const mask = connect(tf.layers.reLU({ maxValue: 1, name: `${name}_mask` }), asFloat); // [B, V]
  const presence = largest(mask, `${name}_presence`);
  const shares = equalShares(mask, `${name}_shares`);
  const inputDim = rowsOf(input);
  const meanOf = (part: string, outputDim: number, how: Learning = {}): SymbolicTensor => {
    const vectors = connect(
      tf.layers.embedding({ inputDim, outputDim, ...how, name: `${name}_${part}_vectors` }),
      ids,
    ); // [B, V, outputDim]
    return connect(tf.layers.dot({ axes: [1, 1], name: `${name}_${part}` }), [shares, vectors]);
  };
  return {
    inputs: new Map([[name, [ids]]]),
    presence,
    features: meanOf("mean", options.dimensions),
    linear: meanOf("linear", labels, ZEROS),
    linearModel: () => meanOf("fitted", labels, { ...ZEROS, trainable: false }),
  };
}

/** How much of an item is each value [items, vectors]: what its mean vector is made of. @param ids [items, V] */
function sharesOf(ids: ArrayLike<number>, input: CategoryInput, items: number): SparseRows {
  const { maxValues } = input.spec;
  const rows = Array.from({ length: items }, (_, row) => {
    const places = Array.from({ length: maxValues }, (_, place) => ids[row * maxValues + place]!);
    const there = places.filter((id) => id !== NO_VALUE_ROW);
    const byId = groupBy(there, (id) => id);
    return [...byId].map(([id, { length }]) => [id, length / there.length] as const);
  });
  return sparseRows(rowsOf(input), rows);
}
