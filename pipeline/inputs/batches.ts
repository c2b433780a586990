/** Training batches by kind of tower. This is the table for this stage. */

import type { Group, TowerInput } from "../model/modelInputs.ts";
import type { MakeInputs } from "../train/inputBatches.ts";
import { image } from "./image/batches.ts";
import { ratings } from "./ratings/batches.ts";
import { sequence } from "./sequence/batches.ts";
import { table } from "./table/batches.ts";
import { text } from "./text/batches.ts";

const TOWERS = { text, image, ratings, sequence, table };

/** How a group's batches are made. */
export function makeInputsOf({ main }: Group): MakeInputs<TowerInput> {
  return TOWERS[main.type] as unknown as MakeInputs<TowerInput>;
}
