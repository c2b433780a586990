/** Items in requests: schemas, which check them and make /openapi.json, and how much they may hold. */

import * as z from "zod";
import type { AnswerOption, AnswerOptions } from "../../predictor/answerTypes.ts";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import { capitalised, type Nouns, nounsOf, withArticle } from "../../predictor/nouns.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { type JsonLimits, MAX_DEPTH, MAX_FIELDS } from "./body/scanJson.ts";
import { fileInputs, isAnyGiven, isFile, nothingGiven, servedType } from "./inputs/types.ts";
import { list } from "./list.ts";
import type { Limits } from "./route.ts";
import { hasOption } from "./targets/types.ts";

/** Values of an item beside its ratings, and fields of a rating with the object itself. */
const ITEM_VALUES = 1000;
/** Inputs and options have no others; a few mistaken ones are named by the schema. */
const ITEM_OBJECTS = 100;
const RATING_VALUES = 6;

/** What a request may hold as JSON: as many ratings as its items may have, in full. */
export function jsonLimits(
  { inputs }: Pick<Manifest, "inputs">,
  { maxMovies, maxRatings }: Limits,
): JsonLimits {
  return {
    depth: MAX_DEPTH,
    values: maxMovies * (ITEM_VALUES + RATING_VALUES * maxRatings),
    objects: maxMovies * (ITEM_OBJECTS + maxRatings),
    fields: Math.max(MAX_FIELDS, 2 * Object.keys(inputs).length),
  };
}

/** Options of an item's answer, as far as the bundle's target has them. */
function answerOptions(target: TargetSpec, { label, labels }: Nouns) {
  const options: Record<AnswerOption, z.ZodType> = {
    topK: z.int().min(1).max(1000).optional().describe(`${labels} in the answer; default: all`),
    threshold: z
      .number()
      .min(0)
      .max(1)
      .optional()
      .describe(
        `probability from which a ${label} is selected; default: each ${label}'s own threshold`,
      ),
    allowEmpty: z
      .boolean()
      .optional()
      .describe(
        `select none of the ${labels} if none reaches its threshold; default: always select the most probable`,
      ),
  };
  const own = Object.entries(options).filter(([name]) => hasOption(target, name as AnswerOption));
  return {
    ...Object.fromEntries(own),
    explain: z.boolean().optional().describe("add what each input and each word contributed"),
  };
}

/** Values by the inputs' names, files as text or not at all, and the options of the answer. */
export interface ItemFields extends Item, AnswerOptions {
  readonly explain?: boolean | undefined;
}

/** The schemas that depend on the model's inputs and data, and on the server's limits. */
export function requestSchemas(manifest: Manifest, limits: Limits) {
  const { inputs } = manifest;
  const nouns = nounsOf(manifest);
  const id = schemaId(manifest);
  const names = Object.keys(inputs);
  const files = fileInputs(inputs);
  const fieldsOf = (wanted: readonly string[]) =>
    wanted.map((name) => {
      const spec = inputs[name]!;
      return [name, servedType(spec).field(name, spec, limits).nullish()] as const;
    });
  // All but files, which are text in JSON, and files in a form.
  const fields: Record<string, z.ZodType> = {
    ...Object.fromEntries(fieldsOf(names.filter((name) => !isFile(inputs[name]!)))),
    ...answerOptions(manifest.target, nouns),
  };
  const item = z
    .strictObject({ ...fields, ...Object.fromEntries(fieldsOf(files)) })
    .refine((given) => isAnyGiven(given, inputs), { error: nothingGiven(names) })
    .meta({
      id,
      description: `${capitalised(withArticle(nouns.item))}: ${names.length === 1 ? "" : "at least one of "}${names.join(", ")}.`,
    });
  const itemBesideFiles = z.strictObject(fields);
  const options = z.strictObject(answerOptions(manifest.target, nouns));
  const several = { min: 1, max: limits.maxMovies };
  return {
    item: item as z.ZodType<ItemFields>,
    itemBesideFiles: itemBesideFiles as z.ZodType<ItemFields>,
    /** Options of an answer, without its item. */
    options: options as unknown as z.ZodType<AnswerOptions & Pick<ItemFields, "explain">>,
    /** As clients of TensorFlow Serving send them. */
    instances: z
      .object({ instances: list(item, several), signature_name: z.string().optional() })
      .meta({
        id: "Instances",
        description: "As clients of TensorFlow Serving send items; files are base64 or `b64`.",
      }),
    items: list(item, several) as unknown as z.ZodType<ItemFields[]>,
    itemsBesideFiles: list(itemBesideFiles, several) as unknown as z.ZodType<ItemFields[]>,
    /** What OpenAPI says of a form with one item. */
    form: itemBesideFiles
      .extend(
        Object.fromEntries(
          files.map((name) => [name, z.string().optional().meta({ format: "binary" })]),
        ),
      )
      .meta({
        id: `${id}Form`,
        ...(files.length > 0
          ? {
              description: `${capitalised(withArticle(nouns.item))}, with ${listOf(files)} as a file.`,
            }
          : {}),
      }),
  };
}

/** Name of the schema of one item. */
function schemaId({ inputs }: Manifest): string {
  return areMovieInputs(inputs) ? "Movie" : "Item";
}
