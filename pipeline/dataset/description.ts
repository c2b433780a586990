/** The schema of dataset.json: which tables a data set has, what is given to a model, and what it is to predict. */

import * as z from "zod";
import { inputDataOf, inputSchema } from "../inputs/data.ts";
import { column, table } from "./tables/schema.ts";

/** One row per type of target. */
export const TARGET_SCHEMAS = {
  labels: z.strictObject({
    type: z.literal("labels"),
    column,
    separator: z.string().min(1).optional().describe("between labels; not needed for JSON lists"),
    labels: z
      .union([z.array(z.string().min(1)).min(2), z.string().min(1)])
      .optional()
      .describe("all labels in order, or a file with one on each line"),
  }),
  class: z.strictObject({ type: z.literal("class"), column }),
  number: z.strictObject({
    type: z.literal("number"),
    column,
    decimal: z
      .enum([".", ","])
      .optional()
      .describe("before the decimals of numbers that are texts; default: a point"),
    bins: z
      .boolean()
      .optional()
      .describe("whether rounded values and the sign count as classes, too"),
  }),
} as const;

/** The keys of all three ways to split; which go together is checked with the whole. */
export const SPLIT_SCHEMA = z.strictObject({
  column: column.optional().describe('column that says "train", "validation" or "test"'),
  test: z
    .union([z.number().gt(0).lt(1), table])
    .optional()
    .describe("share of the items, or the table with the test items"),
  validation: table.optional().describe("table with the validation items"),
  group: column.optional().describe("items with the same value stay on one side"),
  seed: z.int().min(0).optional(),
});

export const NOUNS_SCHEMA = z.strictObject({
  item: z.string().min(1).default("item"),
  items: z.string().min(1).default("items"),
  label: z.string().min(1).default("label"),
  labels: z.string().min(1).default("labels"),
});

/** Flags and the graph's inputs are made of them. */
const INPUT_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** The whole of dataset.json, without the comments in it: keys that begin with //. */
export const DESCRIPTION_SCHEMA = z.strictObject({
  $schema: z.string().optional().describe("for editors"),
  name: z.string().min(1).describe("name of the data set"),
  nouns: NOUNS_SCHEMA.prefault({}).describe("what texts for users call the items and labels"),
  items: table,
  id: column.optional().describe("column with the item's id; default: the row's number"),
  missing: z.array(z.string().min(1)).default([]).describe('texts that mean "no value"'),
  inputs: z
    .record(
      z.string().regex(INPUT_NAME, "must be letters, digits and _, beginning with a letter"),
      inputSchema,
    )
    .describe("what is given, by name"),
  target: z
    .discriminatedUnion("type", [
      TARGET_SCHEMAS.labels,
      TARGET_SCHEMAS.class,
      TARGET_SCHEMAS.number,
    ])
    .describe("what is predicted"),
  split: SPLIT_SCHEMA.prefault({ test: 0.2 }).describe("which items are for testing"),
});

/** As read: defaults are filled in. */
export type Description = z.output<typeof DESCRIPTION_SCHEMA>;
export type Input = Description["inputs"][string];
export type InputType = Input["type"];

/** The column of the items' table that an input reads; undefined for those that read none. */
export function columnOf(name: string, input: Input): string | undefined {
  return inputDataOf(input).column(name, input);
}

/** JSON Schema of dataset.json for editors; comments are allowed in every object. */
export function descriptionJsonSchema(): object {
  return z.toJSONSchema(DESCRIPTION_SCHEMA, {
    io: "input",
    override: ({ jsonSchema }) => {
      if (jsonSchema.additionalProperties === false) jsonSchema.patternProperties = { "^//": {} };
      if (jsonSchema.propertyNames) {
        // The record of inputs may have comments, too.
        jsonSchema.patternProperties = {
          "^//": {},
          [INPUT_NAME.source]: jsonSchema.additionalProperties!,
        };
        jsonSchema.additionalProperties = false;
        delete jsonSchema.propertyNames;
      }
    },
  });
}
