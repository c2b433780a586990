/** The types of inputs that are columns of tables: the part of the table of types that a table's tower goes by. */

import type { ColumnInput } from "../model/modelInputs.ts";
import { category } from "./category/tower.ts";
import { number } from "./number/columns.ts";
import type { ColumnTower } from "./table/column.ts";

const TYPES = { number, category };

/** How the columns of a type are read. */
export function columnTowerOf({ type }: Pick<ColumnInput, "type">): ColumnTower<ColumnInput> {
  return TYPES[type] as unknown as ColumnTower<ColumnInput>;
}
