/** What a table's tower has to know of a type of input that is one of its columns. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { ColumnInput } from "../../model/modelInputs.ts";
import type { Weights } from "../../model/weights.ts";
import type { SparseRows } from "../../regression/sparseRows.ts";
import type { FittedTableOptions } from "./fit.ts";

/** One input's part of the tower, or that of several inputs of one type. */
export interface Column {
  /** By the input's name, in the order of the predictor's tensors. */
  readonly inputs: ReadonlyMap<string, readonly SymbolicTensor[]>;
  /** 1 where an item has any of the inputs [B, 1]. */
  readonly presence: SymbolicTensor;
  /** What the hidden layer reads [B, F]. */
  readonly features: SymbolicTensor;
  /** Its part of the logits by itself [B, L], zeros where an item does not have it. */
  readonly linear: SymbolicTensor;
  /**
   * Its part of the linear model beside the network [B, L]: layers that are not trained, and begin at zero, on the features
   * that `linearParts` has of it. Only tables with such a model ask for it.
   */
  linearModel(): SymbolicTensor;
}

/** An input's tensors, as the predictor makes them, of all items. */
export type TensorsOf = (name: string, input: ColumnInput) => readonly ArrayLike<number>[];

/** One column's part of the linear model beside the network. */
export interface LinearPart {
  /** The weight that has its kernel [features, L]. */
  readonly weight: string;
  /** Number of features. */
  readonly features: number;
  /** The features of items [items, features]. */
  rows(tensorsOf: TensorsOf, items: number): SparseRows;
}

export interface TableParts {
  /** Prefix of the names of layers that several inputs share. */
  readonly prefix: string;
  readonly options: FittedTableOptions;
  readonly labels: number;
}

/** Inputs of one type, with their names. */
export type NamedInputs<Input> = readonly (readonly [name: string, input: Input])[];

export interface ColumnTower<Input> {
  /** All of a table's inputs of the type: those that are computed together are one column. */
  columns(inputs: NamedInputs<Input>, table: TableParts): Column[];
  /** In the order of the columns. */
  linearParts(inputs: NamedInputs<Input>, table: Pick<TableParts, "prefix">): LinearPart[];
  /** Weights that are not learned. */
  readonly given?: (inputs: NamedInputs<Input>, table: Pick<TableParts, "prefix">) => Weights;
}
