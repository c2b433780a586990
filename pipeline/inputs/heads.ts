/** What is fitted at once, by kind of tower: whole towers, and heads beside epochs. These are the tables for this stage. */

import type { Group, TowerInput } from "../model/modelInputs.ts";
import type { FitTower } from "../train/fitAtOnce.ts";
import type { FitHead } from "../train/linearHead.ts";
import { fitImage } from "./image/head.ts";
import { ratings } from "./ratings/head.ts";
import { table } from "./table/head.ts";
import { fitText } from "./text/head.ts";

const HEADS: Partial<Record<TowerInput["type"], unknown>> = { ratings, table };
const TOWERS: Partial<Record<TowerInput["type"], unknown>> = { text: fitText, image: fitImage };

/** How a group's head is fitted; undefined where its kind of tower has none. */
export function fitHeadOf({ main }: Group): FitHead<TowerInput> | undefined {
  return HEADS[main.type] as FitHead<TowerInput> | undefined;
}

/** How a group's tower is fitted at once; undefined where it is trained in epochs. */
export function fitTowerOf({ main }: Group): FitTower<TowerInput> | undefined {
  const choose = TOWERS[main.type] as
    | ((main: TowerInput) => FitTower<TowerInput> | undefined)
    | undefined;
  return choose?.(main);
}
