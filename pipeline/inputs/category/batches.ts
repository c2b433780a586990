/** Training batches of categories, some of them replaced by the unknown one. */

import { FIRST_VALUE_ROW, UNKNOWN_VALUE_ROW } from "../../../predictor/inputs/category.ts";
import type { Random } from "../../common/random.ts";
import type { EncodedMovie } from "../../fit/prepare.ts";
import { collated, type TowerInputs } from "../../train/inputBatches.ts";
import type { CategoryInput } from "./fit.ts";

/** The unknown category has to be learned, and training items have few of it, or none. */
export function category(
  name: string,
  input: CategoryInput,
  movies: readonly EncodedMovie[],
  random: Random | undefined,
): TowerInputs {
  const [ids] = collated(name, input, movies) as [Int32Array];
  const { unknown } = input.options;
  if (random && unknown > 0) {
    for (let i = 0; i < ids.length; i++) {
      if (ids[i]! >= FIRST_VALUE_ROW && random.next() < unknown) ids[i] = UNKNOWN_VALUE_ROW;
    }
  }
  return [ids];
}
