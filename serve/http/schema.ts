/** Schemas of /v1: requests are validated with them, and /openapi.json is made from them. */

import { z } from "zod";
import type { Item } from "../../predictor/inputs/inputType.ts";
import { groupsOf } from "../../predictor/item.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import { type Nouns, nounsOf } from "../../predictor/nouns.ts";
import type { AnswerOption, AnswerOptions } from "../../predictor/targets/targetType.ts";
import { type TargetSpec, targetTypeOf } from "../../predictor/targets/types.ts";
import { fileInputs, isAnyGiven, isFile, nothingGiven, servedType } from "../core/inputs/types.ts";
import { list } from "../core/list.ts";
import type { Limits } from "../core/route.ts";
import { contributions, probability, scores } from "../core/targets/scored.ts";
import { hasOption, servedTarget } from "../core/targets/types.ts";

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
        `select none of the ${labels} where none reaches its threshold; default: the most probable`,
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
      return [name, servedType(spec).field(name, spec, limits).optional()] as const;
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
      description: `${capitalised(withArticle(nouns.item))}: at least one of ${names.join(", ")}.`,
    });
  const itemBesideFiles = z.strictObject(fields);
  const several = { min: 1, max: limits.maxMovies };
  return {
    item: item as z.ZodType<ItemFields>,
    itemBesideFiles: itemBesideFiles as z.ZodType<ItemFields>,
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

function withArticle(noun: string): string {
  return `${/^[aeiou]/i.test(noun) ? "an" : "a"} ${noun}`;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

const attended = z.array(z.object({ part: z.string(), weight: z.number() }));

/** A field's name of version 0.1, kept for one version. */
const deprecated = (name: string) => ({ deprecated: true, description: `now \`${name}\`` });

function predictionSchema(manifest: Manifest) {
  const groups = z.enum([...groupsOf(manifest.inputs).keys()]);
  const { target } = manifest;
  const nouns = nounsOf(manifest);
  const { fields, contribution } = servedTarget(target);
  const inputContribution = z.object({
    weight: z.number().describe("factor of the input's logits in the fusion, 0 where it is absent"),
    ...contribution,
  });
  const { hasOldNames } = targetTypeOf(target);
  return z
    .object({
      ...fields(target, nouns),
      explanation: z
        .object({
          inputs: z
            .partialRecord(groups, inputContribution)
            .describe(`of those the ${nouns.item} has`),
          attention: z
            .record(z.string(), attended)
            .describe("by input, where the model attends over its parts: the parts in order"),
          ...(hasOldNames
            ? {
                modalities: z
                  .partialRecord(
                    groups,
                    inputContribution.extend({ genres: contributions.meta(deprecated("scores")) }),
                  )
                  .meta(deprecated("inputs")),
                titleAttention: z
                  .array(z.object({ word: z.string(), weight: z.number() }))
                  .meta(deprecated("attention.title")),
              }
            : {}),
        })
        .optional(),
      ...(hasOldNames
        ? {
            genres: scores.meta(deprecated("scores")),
            labels: z.array(z.string()).meta(deprecated("selected")),
          }
        : {}),
    })
    .meta({ id: "Prediction" });
}

const modelNameSchema = z
  .object({ name: z.string(), version: z.string(), synthetic: z.boolean() })
  .describe("synthetic: trained on invented data, so that answers say nothing about what is real")
  .meta({ id: "ModelName" });

/** An answer to one item, or to several. */
export function answerSchema(manifest: Manifest) {
  const prediction = predictionSchema(manifest);
  return z.union([
    prediction.extend({ model: modelNameSchema }).meta({ id: "Answer" }),
    z.object({ model: modelNameSchema, predictions: z.array(prediction) }).meta({ id: "Answers" }),
  ]);
}

const stateSchema = z
  .enum(["loaded", "loading", "unloaded", "failed"])
  .describe("unloaded: the next request loads it; failed: its bundle cannot be used");

export const modelsSchema = z
  .object({
    default: z.string().describe("the model that answers where none is named"),
    models: z.array(
      z.object({
        name: z.string(),
        versions: z
          .array(
            z.object({
              version: z.string().describe("names the content, as in answers"),
              folder: z.string().optional().describe("another name of the version in paths"),
              synthetic: z.boolean(),
              state: stateSchema,
              reason: z.string().optional().describe("why the bundle on disk cannot be used"),
              share: z
                .number()
                .min(0)
                .max(100)
                .describe("percent of the requests that name no version"),
            }),
          )
          .describe("the newest first"),
      }),
    ),
    notServed: z
      .array(z.object({ folder: z.string(), reason: z.string() }))
      .describe("folders beside the models that are no bundle, or one that cannot be read"),
  })
  .meta({ id: "Models" });

export const modelAnswerSchema = z
  .object({
    model: modelNameSchema,
    state: stateSchema,
    provider: z.string().optional().describe("absent while the model is not loaded"),
    precision: z.string().optional().describe("absent while the model is not loaded"),
    card: z.string().optional().describe("model card, Markdown"),
    newerBundle: z
      .object({
        reason: z.string().describe("why it is refused"),
        since: z.iso.datetime(),
        tries: z.int(),
      })
      .optional()
      .describe("only while the bundle on disk is refused, and this older one answers"),
    manifest: z
      .record(z.string(), z.unknown())
      .describe("the bundle's manifest.json, without the words and users that preprocessing knows"),
  })
  .meta({ id: "Model" });

export const labelsSchema = z
  .object({
    model: modelNameSchema,
    labels: z
      .array(z.object({ label: z.string(), threshold: probability.optional() }))
      .describe("threshold: where labels are selected by one"),
    subsets: z
      .array(z.object({ groups: z.array(z.string()), threshold: probability }))
      .optional()
      .describe("thresholds of all labels, for items that have exactly these groups of inputs"),
  })
  .meta({ id: "Labels" });
