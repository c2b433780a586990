/** Categories. */

import type { CategorySpec } from "../../../predictor/inputs/category.ts";
import type { WorkerType } from "./workerType.ts";

/** Values of an example, at most. */
const VALUES = 2;

export const category = {
  example({ values, maxValues }) {
    return maxValues === 1 ? values[0] : values.slice(0, Math.min(maxValues, VALUES));
  },
} satisfies WorkerType<CategorySpec>;
