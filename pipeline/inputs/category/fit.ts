/** Fits the vocabulary of a category. */

import type { CategorySpec } from "../../../predictor/inputs/category.ts";
import type { LabelledMovie } from "../../dataset/dataset.ts";
import type { InputFit } from "../../fit/inputFit.ts";
import { fitVocabulary } from "../../fit/vocabulary.ts";
import { type FittedTableOptions, tableOptions } from "../table/fit.ts";
import type { DeclaredCategory } from "./data.ts";

export interface CategoryInput {
  readonly type: "category";
  readonly spec: CategorySpec;
  /** Options of the table that the category is a column of. */
  readonly options: FittedTableOptions;
}

export const category: InputFit<DeclaredCategory, CategoryInput> = {
  fit(name, declared, context) {
    const { dataset, seen } = context;
    const options = tableOptions(name, declared, context);
    const values = fitVocabulary(
      seen.map((movie) => valuesOf(movie, name)),
      options.minItems,
    );
    // Over all splits: a small training part may not include the item with the most.
    const most = dataset.movies.reduce(
      (most, movie) => Math.max(most, valuesOf(movie, name).length),
      1,
    );
    const { maxValues = most } = declared;
    return { type: "category", spec: { ...declared, values: [...values], maxValues }, options };
  },
};

function valuesOf({ values }: Pick<LabelledMovie, "values">, name: string): readonly string[] {
  return (values[name] as readonly string[] | undefined) ?? [];
}
