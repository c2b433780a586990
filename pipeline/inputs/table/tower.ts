/**
 * Tower of a table, numbers and categories together: linear terms, plus a hidden layer over the encoded numbers and the
 * categories' vectors, so that columns interact.
 *
 * Shapes: B batch, F features of all columns, L labels.
 */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { groupBy } from "../../../predictor/groupBy.ts";
import { connect } from "../../model/connect.ts";
import type { ColumnInput, TableInput } from "../../model/modelInputs.ts";
import { joined, movedTowards, type Tower, untrainedDense } from "../../model/parts.ts";
import type { GroupOf, TowerType } from "../../model/towerType.ts";
import type { Weights } from "../../model/weights.ts";
import { columnTowerOf } from "../columns.ts";
import type { ColumnTower, LinearPart, NamedInputs } from "./column.ts";
import type { FittedTableOptions } from "./fit.ts";

export const table: TowerType<TableInput> = {
  trained(group, labels) {
    const { inputs, tower } = build(group, labels);
    return { inputs, logits: tower.logits };
  },
  inGraph: build,
  given: ({ input: prefix, main }) =>
    new Map(
      byType(main).flatMap(({ tower, inputs }) => [...(tower.given?.(inputs, { prefix }) ?? [])]),
    ),
};

/** Whether there is a linear model beside the network. */
export function hasLinear({ linear }: FittedTableOptions): boolean {
  return linear > 0;
}

/** The linear model beside the network, part by part. */
export function linearPartsOf({ input: prefix, main }: GroupOf<TableInput>): LinearPart[] {
  return byType(main).flatMap(({ tower, inputs }) => tower.linearParts(inputs, { prefix }));
}

/** Weights of the linear model, and of its share, which is 0 as long as the network is trained. */
export function linearWeights(
  group: GroupOf<TableInput>,
  { kernel, bias }: { readonly kernel: Float32Array; readonly bias: Float32Array },
): Weights {
  const { input, main } = group;
  const weights = new Map([
    [`${input}_fitted_bias/kernel`, bias],
    [`${input}_fitted_share/kernel`, Float32Array.of(main.options.linear)],
  ]);
  let at = 0;
  for (const { weight, features } of linearPartsOf(group)) {
    const size = features * bias.length;
    weights.set(weight, kernel.slice(at, at + size));
    at += size;
  }
  return weights;
}

interface OfOneType {
  readonly tower: ColumnTower<ColumnInput>;
  readonly inputs: NamedInputs<ColumnInput>;
}

function byType({ columns }: TableInput): OfOneType[] {
  const named = Object.entries(columns) as [string, ColumnInput][];
  const found = groupBy(named, ([, { type }]) => type);
  return [...found].map(([type, inputs]) => ({ tower: columnTowerOf({ type }), inputs }));
}

function build(
  { input, main }: GroupOf<TableInput>,
  labels: number,
): { readonly inputs: readonly SymbolicTensor[]; readonly tower: Tower } {
  const { options } = main;
  const columns = byType(main).flatMap(({ tower, inputs }) =>
    tower.columns(inputs, { prefix: input, options, labels }),
  );
  const pick = (part: "presence" | "linear" | "features") => columns.map((column) => column[part]);
  const presence = several("presence", pick("presence"), (name) => tf.layers.maximum({ name }));
  const linear = several("linear_sum", pick("linear"), (name) => tf.layers.add({ name }));
  const dropped = connect(
    tf.layers.dropout({ rate: options.inputDropout, name: `${input}_input_dropout` }),
    joined(`${input}_joined`, pick("features")),
  );
  // Without a hidden layer, the bias alone is left of this part.
  const hidden = options.units === 0 ? presence : hiddenLayer(dropped);
  const interactions = connect(tf.layers.dense({ units: labels, name: `${input}_logits` }), hidden);
  const sum = connect(tf.layers.add({ name: `${input}_sum` }), [linear, interactions]);
  const network = connect(tf.layers.multiply({ name: `${input}_evidence` }), [sum, presence]);
  const logits = hasLinear(options) ? besideLinear(network) : network;
  const byName = new Map(columns.flatMap((column) => [...column.inputs]));
  const inputs = Object.keys(main.columns).flatMap((name) => byName.get(name)!);
  return { inputs, tower: { logits, presence } };

  function hiddenLayer(features: SymbolicTensor): SymbolicTensor {
    const dense = connect(
      tf.layers.dense({ units: options.units, activation: "relu", name: `${input}_dense` }),
      features,
    );
    return connect(tf.layers.dropout({ rate: options.dropout, name: `${input}_dropout` }), dense);
  }

  /** Its bias and its share are multiplied by presence: an item without any column has logits of 0. */
  function besideLinear(network: SymbolicTensor): SymbolicTensor {
    const ofPresence = (part: string, units: number) =>
      untrainedDense(`${input}_${part}`, units, presence);
    const parts = columns.map((column) => column.linearModel());
    const linear = connect(tf.layers.add({ name: `${input}_fitted_sum` }), [
      ...parts,
      ofPresence("fitted_bias", labels),
    ]);
    return movedTowards(input, { network, linear, share: ofPresence("fitted_share", 1) });
  }

  /** A layer over all columns; layers that combine do not take a single one. */
  function several(
    part: string,
    tensors: readonly SymbolicTensor[],
    layer: (name: string) => tf.layers.Layer,
  ): SymbolicTensor {
    const [first, ...others] = tensors;
    return others.length === 0 ? first! : connect(layer(`${input}_${part}`), [...tensors]);
  }
}
