/** What the options of a table become with its training items. */

import { groupOf } from "../../../predictor/item.ts";
import type { FitContext } from "../../fit/inputFit.ts";
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
 * for each number, the class is no worse for it (accuracy 0.539, without it 0.535), and the number is (MAE 0.437, without it
 * 0.424). C of 0.1 to 10 gives the same on the invented data.
 */
const LINEAR_SHARE = 0.5;
/**
 * Training items for each number up to which the model has all of its share, and from which it has none; between those that
 * were measured. In between, the share falls evenly: folds have fewer items than the model that is published.
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
  const numbers = Object.entries(dataset.inputs).filter(
    ([other, input]) => input.type === "number" && groupOf(other, input) === group,
  );
  const perNumber = seen.length / numbers.length;
  return {
    ...options,
    steps: Math.min(options.steps, Math.floor(perNumber / ITEMS_PER_STEP)),
    linear: options.linear ?? linearShare(perNumber),
  };
}

/** @param items For each number. */
function linearShare(items: number): number {
  const few = (MANY_ITEMS - items) / (MANY_ITEMS - FEW_ITEMS);
  return LINEAR_SHARE * Math.min(1, Math.max(0, few));
}
