/** What reports say of categories. */

import type { InputFacts } from "../../report/inputReport.ts";
import type { CategoryInput } from "./fit.ts";

export const categoryFacts: InputFacts<CategoryInput> = ({ spec }, name) => ({
  [`Known values of ${name}`]: spec.values.length,
  ...(spec.maxValues > 1 ? { [`Most values of ${name} per item`]: spec.maxValues } : {}),
});
