/** Training batches of tables: those of every column in turn. */

import type { TableInput } from "../../model/modelInputs.ts";
import { collated, type MakeInputs } from "../../train/inputBatches.ts";
import { category } from "../category/batches.ts";

/** Columns that differ in training; the others are as the predictor makes them. */
const COLUMNS: Readonly<Record<string, typeof category | undefined>> = { category };

export const table: MakeInputs<TableInput> = ({ main }, movies, _source, random) =>
  Object.entries(main.columns).flatMap(
    ([name, column]) =>
      COLUMNS[column.type]?.(name, column as never, movies, random) ??
      collated(name, column, movies),
  );
