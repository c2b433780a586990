/** What reports say of tables. */

import type { TableInput } from "../../model/modelInputs.ts";
import type { DescribeTower } from "../../report/inputReport.ts";

export const describeTable: DescribeTower<TableInput> = ({ members, main }) => {
  const { units, dimensions } = main.options;
  const hidden =
    units === 0
      ? ""
      : `, and a hidden layer of ${units} units over numbers and vectors of ${dimensions} dimensions per category`;
  return `linear terms of ${members.join(", ")}${hidden}. Numbers are standardised, clipped and encoded by smooth steps; what is missing has a flag.`;
};
