/** Fits the linear model of a table's columns. */

import type { TableInput } from "../../model/modelInputs.ts";
import { joinColumns } from "../../regression/sparseRows.ts";
import { collated } from "../../train/inputBatches.ts";
import { type FitHead, fitLinearHead } from "../../train/linearHead.ts";
import { hasLinear, linearPartsOf, linearWeights } from "./tower.ts";

export const table: FitHead<TableInput> = async (group, { movies, target }) => {
  const { options } = group.main;
  if (!hasLinear(options)) return undefined;
  const rows = joinColumns(
    linearPartsOf(group).map((part) =>
      part.rows((name, input) => collated(name, input, movies), movies.length),
    ),
  );
  const head = await fitLinearHead(rows, movies, target, { c: options.inverseRegularisation });
  return linearWeights(group, head);
};
