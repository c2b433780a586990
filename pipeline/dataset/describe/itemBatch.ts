/** Items as read, with what the description says of them. */

import type { Batch } from "../tables/table.ts";

/** Undefined: the split is drawn later, or its column has another value. */
export type Side = "train" | "validation" | "test" | undefined;

export interface ItemBatch extends Batch {
  /** One per row. */
  readonly sides: readonly Side[];
  /** Texts that mean "no value". */
  readonly missing: ReadonlySet<string>;
}
