/** The schema of dataset.json: which tables a data set has, what is given to a model, and what it is to predict. */

import { z } from "zod";
import { ENCODINGS } from "./tables/table.ts";

const column = z.string().min(1);

const file = z.union([z.string().min(1), z.array(z.string().min(1)).min(1)]);

const tableObject = z.strictObject({
  file: file.describe("path, glob, or a list of them, relative to the description"),
  separator: z.string().min(1).optional().describe("between the fields of CSV, e.g. ; or ::"),
  columns: z
    .array(column)
    .min(1)
    .optional()
    .describe("names of the columns of CSV without a header"),
  encoding: z.enum(ENCODINGS).optional().describe("of CSV; default: utf-8"),
});

const table = z
  .union([file, tableObject])
  .describe(
    "CSV, TSV, JSON, JSON lines or Parquet, plain or gzip: a path, a glob, a list, or an object",
  );

/** What most inputs share. */
const read = {
  column: column.optional().describe("default: the input's own name"),
};
const grouped = {
  group: z.string().min(1).optional().describe("inputs of one group share a tower"),
};

/** One row per type of input. */
export const INPUT_SCHEMAS = {
  text: z.strictObject({
    type: z.literal("text"),
    ...read,
    form: z
      .enum(["title", "plain"])
      .optional()
      .describe(
        'title: moved articles ("Net, The") and bracketed alternatives are read, a year at the end is not; default: plain',
      ),
  }),
  image: z.strictObject({
    type: z.literal("image"),
    ...read,
    folder: z.string().min(1).optional().describe("of the files; default: the table's own"),
    extensions: z
      .array(z.string().regex(/^\.?\w+$/))
      .min(1)
      .optional()
      .describe("tried in turn where the column has names without one"),
  }),
  ratings: z.strictObject({
    type: z.literal("ratings"),
    table,
    item: column.describe("column with the item's id"),
    user: column.describe("column with the user's id"),
    value: column.describe("column with the rating"),
    users: z
      .strictObject({
        table,
        id: column.describe("column with the user's id"),
        columns: z.array(column).min(1).describe("what is known of users, e.g. age"),
      })
      .optional()
      .describe("what is known of the users"),
  }),
  number: z.strictObject({
    type: z.literal("number"),
    ...read,
    from: z.string().min(1).optional().describe("text input that the number is taken from"),
    pattern: z
      .string()
      .min(1)
      .optional()
      .describe("regular expression; its first group is the number"),
    ...grouped,
  }),
  category: z.strictObject({
    type: z.literal("category"),
    ...read,
    separator: z.string().min(1).optional().describe("between several categories of one item"),
    ...grouped,
  }),
  sequence: z.strictObject({
    type: z.literal("sequence"),
    ...read,
    separator: z.string().min(1).optional().describe("between the elements, where they are text"),
  }),
} as const;

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

const { text, image, ratings, number, category, sequence } = INPUT_SCHEMAS;
/** Flags and the graph's inputs are made of them. */
const INPUT_NAME = /^[A-Za-z][A-Za-z0-9_]*$/;

/** The whole of dataset.json, without the comments in it: keys that begin with //. */
export const DESCRIPTION_SCHEMA = z.strictObject({
  $schema: z.string().optional().describe("for editors"),
  name: z.string().min(1).describe("of the data set"),
  nouns: NOUNS_SCHEMA.prefault({}).describe("what texts for users call the items and labels"),
  items: table,
  id: column.optional().describe("column with the item's id; default: the row's number"),
  missing: z.array(z.string().min(1)).default([]).describe("texts that mean: no value"),
  inputs: z
    .record(
      z.string().regex(INPUT_NAME, "must be letters, digits and _, beginning with a letter"),
      z.discriminatedUnion("type", [text, image, ratings, number, category, sequence]),
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

/** The column of the items' table that an input reads; undefined for ratings, and for numbers taken from a text. */
export function columnOf(name: string, input: Input): string | undefined {
  if (input.type === "ratings" || (input.type === "number" && input.from !== undefined)) {
    return undefined;
  }
  return input.column ?? name;
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
