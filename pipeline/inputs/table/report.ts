/** What reports say of tables. */

import type { TableInput } from "../../model/modelInputs.ts";
import type { DescribeTower } from "../../report/inputReport.ts";
import { hasLinear } from "./tower.ts";

export const describeTable: DescribeTower<TableInput> = ({ members, main }, { regression }) => {
  const { units, dimensions, linear } = main.options;
  const hidden =
    units === 0
      ? ""
      : `, and a hidden layer of ${units} units over numbers and vectors of ${dimensions} dimensions per category`;
  const beside = hasLinear(main.options)
    ? ` Its logits are averaged with those of ${regression} on the columns without steps, which has a share of ${Number(linear.toFixed(2))}.`
    : "";
  return `linear terms of ${members.join(", ")}${hidden}. Numbers are standardised, clipped and encoded by smooth steps; what is missing has a flag.${beside}`;
};
