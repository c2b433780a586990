/** Categories of a data set: one or several of each item. */

import * as z from "zod";
import { GROUPED, type InputData, READ } from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import { describeLostDigits, listIn, toList } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("category"),
  ...READ,
  separator: z.string().min(1).optional().describe("between several categories of one item"),
  maxValues: z
    .int()
    .positive()
    .optional()
    .describe("most categories of one item; default: the most that any item has"),
  ...GROUPED,
});

/** Without the vocabulary. */
export interface DeclaredCategory {
  readonly type: "category";
  readonly group?: string | undefined;
  readonly separator?: string | undefined;
  readonly maxValues?: number | undefined;
}

export const category = {
  schema,
  column: (name, { column }) => column ?? name,
  namesGraphInput: true,
  declare: (_, { separator, maxValues, group }) => ({
    type: "category",
    ...(group === undefined ? {} : { group }),
    ...(separator === undefined ? {} : { separator }),
    ...(maxValues === undefined ? {} : { maxValues }),
  }),
  read(given, { separator, maxValues = Number.POSITIVE_INFINITY }, { column, missing }) {
    const lost = describeLostDigits(column, listIn(given) ?? given);
    if (lost !== undefined) return { problem: lost };
    const values = toList(given, separator, missing);
    if (values.length <= maxValues) return { value: values.length === 0 ? undefined : values };
    return {
      problem: `${quote(column)} has ${values.length} categories, expected at most ${maxValues}; raise "maxValues", or remove some.`,
    };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredCategory>;
