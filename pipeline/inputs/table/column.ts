/** What a table's tower has to know of a type of input that is one of its columns. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { Weights } from "../../model/weights.ts";
import type { TableOptions } from "./options.ts";

export interface Column {
  /** In the order of the predictor's tensors. */
  readonly inputs: readonly SymbolicTensor[];
  /** 1 where an item has the input [B, 1]. */
  readonly presence: SymbolicTensor;
  /** What the hidden layer reads [B, F]. */
  readonly features: SymbolicTensor;
  /** The column's part of the logits by itself [B, L], zeros where an item does not have it. */
  readonly linear: SymbolicTensor;
}

export interface ColumnTower<Input> {
  column(
    name: string,
    input: Input,
    table: { readonly options: TableOptions; readonly labels: number },
  ): Column;
  /** Weights that are not learned. */
  readonly given?: (name: string, input: Input) => Weights;
}
