/** The towers: as models of their own for training, and as parts of the published graph. This is the table for this stage. */

import type { Group, TowerInput } from "../model/modelInputs.ts";
import type { TowerType } from "../model/towerType.ts";
import { image } from "./image/tower.ts";
import { ratings } from "./ratings/tower.ts";
import { sequence } from "./sequence/tower.ts";
import { table } from "./table/tower.ts";
import { text } from "./text/tower.ts";

const TOWERS = { text, image, ratings, sequence, table };

/** The rules of a group's tower. */
export function towerType({ main }: Pick<Group, "main">): TowerType<TowerInput> {
  return TOWERS[main.type] as unknown as TowerType<TowerInput>;
}

/** Index of the group whose amounts the gates depend on; -1: there is none. */
export function groupWithAmounts(groups: readonly Pick<Group, "main">[]): number {
  return groups.findIndex((group) => towerType(group).amountsOf !== undefined);
}
