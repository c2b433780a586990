/** What the options of a table become with its training items. */

import { groupBy } from "../../../predictor/groupBy.ts";
import { groupOf } from "../../../predictor/item.ts";
import type { FitContext } from "../../fit/inputFit.ts";
import type { DeclaredInputs } from "../data.ts";
import { optionsOf } from "../options.ts";
import type { TableOptions } from "./options.ts";

/**
 * Least number of training items for each step of a table's numbers: with more steps, the table overfits. Chosen on
 * invented data of 800 items and 100 numbers, where 1 step was better than 0, 2, 3 and 5.
 */
const ITEMS_PER_STEP = 4;
/**
 * Share of the linear model in the logits of a table with few training items for each of its numbers. On folds of invented
 * data of 800 items with 100 numbers, two of which count, linearly: MAE 0.283 of a standard deviation, of the network alone
 * 0.314, of the model alone 0.275; but a model alone knows nothing of interactions. On those of Vega's movies, with 280 items
 * for each number, it changes the accuracy of the class from 0.535 to 0.539, and the MAE of the number from 0.424 to 0.437,
 * which is worse. C of 0.1 to 10 gives the same on the invented data.
 */
const LINEAR_SHARE = 0.5;
/**
 * Up to the first number of training items for each number, the model has all of its share, and from the second on none.
 * Measured were 6 and 280. In between, the share falls evenly: folds have fewer items than the model that is published.
 */
const FEW_ITEMS = 64;
const MANY_ITEMS = 128;

/** Options of a table as its tower needs them. */
export interface FittedTableOptions extends TableOptions {
  readonly linear: number;
}

/**
 * The options of the table that an input is a column of: as many steps as they say, or fewer where there are many numbers for
 * the items, and then a linear model.
 *
 * @param name Of the input.
 */
export function tableOptions(
  name: string,
  declared: { readonly group?: string | undefined },
  { config, dataset, seen }: FitContext,
): FittedTableOptions {
  const group = groupOf(name, declared);
  const options = optionsOf(config, group, "table");
  const perNumber = seen.length / numbersIn(group, dataset.inputs);
  return {
    ...options,
    steps: Math.min(options.steps, Math.floor(perNumber / ITEMS_PER_STEP)),
    linear: options.linear ?? linearShare(perNumber),
  };
}

/** Counted once per data set: each of its columns asks. */
const numbersByGroup = new WeakMap<DeclaredInputs, ReadonlyMap<string, readonly unknown[]>>();

function numbersIn(group: string, inputs: DeclaredInputs): number {
  let counted = numbersByGroup.get(inputs);
  if (!counted) {
    const numbers = Object.entries(inputs).filter(([, { type }]) => type === "number");
    counted = groupBy(numbers, ([name, input]) => groupOf(name, input));
    numbersByGroup.set(inputs, counted);
  }
  return counted.get(group)?.length ?? 0;
}

/** @param items For each number. */
function linearShare(items: number): number {
  const few = (MANY_ITEMS - items) / (MANY_ITEMS - FEW_ITEMS);
  return LINEAR_SHARE * Math.min(1, Math.max(0, few));
}
