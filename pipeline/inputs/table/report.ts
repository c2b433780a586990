/** What reports say of tables. */

import type { TableInput } from "../../model/modelInputs.ts";
import type { DescribeTower } from "../../report/inputReport.ts";

export const describeTable: DescribeTower<TableInput> = ({ members, main }) => {
  const { units, dimensions, linear = 0 } = main.options;
  const hidden =
    units === 0
      ? ""
      : `, and a hidden layer of ${units} units over numbers and vectors of ${dimensions} dimensions per category`;
  const beside = linear === 0 ? "" : ` A linear model, fitted at once, has a share of ${linear}.`;
  return `linear terms of ${members.join(", ")}${hidden}.${beside} Numbers are standardised, clipped and encoded by smooth steps; what is missing has a flag.`;
};
