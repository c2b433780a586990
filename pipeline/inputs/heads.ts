/** The heads that are fitted at once, by kind of tower. This is the table for this stage. */

import type { Group, TowerInput } from "../model/modelInputs.ts";
import type { FitHead } from "../train/linearHead.ts";
import { ratings } from "./ratings/head.ts";

const HEADS: Partial<Record<TowerInput["type"], unknown>> = { ratings };

/** How a group's head is fitted; undefined where its kind of tower has none. */
export function fitHeadOf({ main }: Group): FitHead<TowerInput> | undefined {
  return HEADS[main.type] as FitHead<TowerInput> | undefined;
}
