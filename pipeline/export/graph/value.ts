/** What an edge of a graph model carries: a tensor, or a list of tensors (TensorList, TensorArray). */
import type { DType, Shape, Tensor } from "../ir.ts";

/** A list of tensors of one type and rank. Nothing changes it: writing gives a new list. */
export interface TensorList {
  readonly kind: "list";
  readonly dtype: DType;
  /** Sizes of an item as far as the list was made with them, null where open; undefined for an unknown rank. */
  readonly element: Shape | undefined;
  readonly items: Items;
}

/** A list that nothing has been written to, of a computed length or inside a loop. */
export interface BlankItems {
  readonly form: "blank";
  /** int64 [1]. */
  readonly count: Tensor;
  /** The scalar that `count` was made of. */
  readonly from: Tensor;
}

/** The one item that an iteration of a loop writes into a list that was blank before the loop. */
export interface WrittenItem {
  readonly form: "written";
  readonly blank: BlankItems;
  /** A scalar; undefined where the item is put behind the last one. */
  readonly at: Tensor | undefined;
  readonly item: Tensor;
  /** Whether the list gets longer where the place is behind its end. */
  readonly grows: boolean;
}

export type Items =
  /** Known one by one; undefined where nothing was written. */
  | { readonly form: "each"; readonly each: readonly (Tensor | undefined)[] }
  /** Joined along a new first axis. */
  | { readonly form: "stack"; readonly stack: Tensor }
  | BlankItems
  | WrittenItem;

export type Value = Tensor | TensorList;

export const isList = (value: Value): value is TensorList =>
  (value as { kind?: string }).kind === "list";
