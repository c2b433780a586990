/**
 * Categories in the graph: a vector for each known value and one for all others, and its mean over an item's values.
 *
 * Shapes: B batch, V values of an item, D dimensions of a vector, L labels.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { FIRST_VALUE_ROW } from "../../../predictor/inputs/category.ts";
import { connect } from "../../model/connect.ts";
import { equalShares, largest } from "../../model/parts.ts";
import { graphInput } from "../../model/towerType.ts";
import type { Column, ColumnTower, TableParts } from "../table/column.ts";
import type { CategoryInput } from "./fit.ts";

export const category: ColumnTower<CategoryInput> = {
  columns: (inputs, table) => inputs.map(([name, input]) => columnOf(name, input, table)),
};

function columnOf(name: string, { spec }: CategoryInput, { options, labels }: TableParts): Column {
  const V = spec.maxValues;
  const ids = graphInput(name, [V], "int32");
  const asFloat = connect(tf.layers.rescaling({ scale: 1, name: `${name}_numbers` }), ids);
  const mask = connect(tf.layers.reLU({ maxValue: 1, name: `${name}_mask` }), asFloat); // [B, V]
  const presence = largest(mask, `${name}_presence`);
  const shares = equalShares(mask, `${name}_shares`);
  const rows = FIRST_VALUE_ROW + spec.values.length;
  const meanOf = (part: string, size: number, zeros: boolean): SymbolicTensor => {
    const vectors = connect(
      tf.layers.embedding({
        inputDim: rows,
        outputDim: size,
        ...(zeros ? { embeddingsInitializer: "zeros" as const } : {}),
        name: `${name}_${part}_vectors`,
      }),
      ids,
    ); // [B, V, size]
    return connect(tf.layers.dot({ axes: [1, 1], name: `${name}_${part}` }), [shares, vectors]);
  };
  return {
    inputs: new Map([[name, [ids]]]),
    presence,
    features: meanOf("mean", options.dimensions, false),
    linear: meanOf("linear", labels, true),
  };
}
