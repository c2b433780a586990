/** Schemas of the answers of /v1, from which /openapi.json is made. */

import * as z from "zod";
import { typeOf } from "../../predictor/inputs/types.ts";
import { groupsOf } from "../../predictor/item.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import { targetTypeOf } from "../../predictor/targets/types.ts";
import { contributions, probability, scores } from "../core/targets/scored.ts";
import { servedTarget } from "../core/targets/types.ts";

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
      ...unknownSchema(manifest),
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

/** The answers' `unknown`, for bundles whose answers may have it. */
function unknownSchema({ inputs }: Manifest) {
  const names = Object.keys(inputs).filter((name) => typeOf(inputs[name]!).unknownValues);
  if (names.length === 0) return {};
  return {
    unknown: z
      .partialRecord(z.enum(names), z.array(z.string()))
      .optional()
      .describe("by input: the values that training did not see, which all count as one value"),
  };
}

const modelNameSchema = z
  .object({ name: z.string(), version: z.string(), synthetic: z.boolean() })
  .describe("synthetic: trained on invented data, so that answers say nothing about what is real")
  .meta({ id: "ModelName" });

/** An answer to one item, or to several, in TensorFlow Serving's form without the model. */
export function answerSchema(manifest: Manifest) {
  const prediction = predictionSchema(manifest);
  return z.union([
    prediction.extend({ model: modelNameSchema }).meta({ id: "Answer" }),
    z
      .object({ model: modelNameSchema.optional(), predictions: z.array(prediction) })
      .meta({ id: "Answers" }),
  ]);
}

const stateSchema = z
  .enum(["loaded", "loading", "unloaded", "failed"])
  .describe("unloaded: the next request loads it; failed: its bundle cannot be used");

export const modelsSchema = z
  .object({
    default: z.string().describe("the model that answers if none is named"),
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
          .describe("newest first"),
      }),
    ),
    notServed: z
      .array(z.object({ folder: z.string(), reason: z.string() }))
      .describe("folders beside the models that are not a bundle, or hold one that cannot be read"),
  })
  .meta({ id: "Models" });

export const modelAnswerSchema = z
  .object({
    model: modelNameSchema,
    state: stateSchema,
    model_version_status: z
      .array(
        z.object({
          version: z.string(),
          state: z.enum(["AVAILABLE", "END"]),
          status: z.object({ error_code: z.string(), error_message: z.string() }),
        }),
      )
      .describe("the same for clients of TensorFlow Serving: whether the version answers"),
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
