/** JSON in a cell of a CSV file. */

import { InputError } from "../../../predictor/errors.ts";

/** @throws InputError naming the input, unless the cell is JSON. */
export function parseCell(name: string, cell: string): unknown {
  try {
    return JSON.parse(cell);
  } catch (error) {
    throw new InputError(name, `is not a JSON array (${(error as Error).message})`);
  }
}
