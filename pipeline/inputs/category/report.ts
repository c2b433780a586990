/** What reports say of categories. */

import type { CategorySpec } from "../../../predictor/inputs/category.ts";
import type { InputFacts, PredictExample } from "../../report/inputReport.ts";
import type { CategoryInput } from "./fit.ts";

export const categoryFacts: InputFacts<CategoryInput> = ({ spec }, name) => ({
  [`Known values of ${name}`]: spec.values.length,
  ...(spec.maxValues > 1 ? { [`Most values of ${name} per item`]: spec.maxValues } : {}),
});

export const categoryExample: PredictExample<CategorySpec> = {
  value: ({ values }) => values[0] ?? "any value",
};
