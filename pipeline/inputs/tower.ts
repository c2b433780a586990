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

/** Index of the group that each of the amounts is of, which the gates depend on [A]. */
export function amountsOf(groups: readonly Pick<Group, "main">[]): number[] {
  return groups.flatMap((group, g) =>
    Array.from({ length: towerType(group).amounts?.scales ?? 0 }, () => g),
  );
}
