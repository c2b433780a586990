/** POST /v1/predict */

import type { RequestHandler } from "express";
import { z } from "zod";
import { type AnswerJson, toAnswerJson } from "../../predictor/answer.ts";
import { InputError } from "../../predictor/errors.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import { exampleItem, fileInputs, listName, pluralOf } from "../core/inputs/types.ts";
import { jsonResponse, type Limits, type Operation, type RouteContext } from "../core/route.ts";
import { hasOption, servedTarget, subjectOf } from "../core/targets/types.ts";
import { listJson } from "../core/turns.ts";
import type { Waiter } from "../engine/batcher.ts";
import type { Model } from "../engine/model.ts";
import type { PredictJob } from "../engine/predictJob.ts";
import { nameOf } from "./model.ts";
import { bodyReceivers, createReadBody } from "./readBody.ts";
import { answerSchema, requestSchemas } from "./schema.ts";

export function predict({ settings, models, admission, metrics }: RouteContext): RequestHandler[] {
  const readBody = createReadBody(settings);
  return [
    ...bodyReceivers(settings),
    admission.handle((request, response, { ticket, waiter }) =>
      models.use({}, async (model) => {
        const start = performance.now();
        const { items, many } = await readBody(request, model, waiter.signal);
        ticket.resize(items.length);
        const list = listName(model.manifest);
        const end = performance.now();
        metrics.observe("read", (end - start) / 1000);
        waiter.onStage?.("read", start, end);
        const answers = await Promise.all(
          items.map((item, i) => answer(model, item, many ? `${list}[${i}]` : undefined, waiter)),
        );
        const name = nameOf(model);
        const body = many
          ? `{"model":${JSON.stringify(name)},"predictions":${await listJson(answers)}}`
          : JSON.stringify({ ...answers[0]!, model: name });
        response.set("content-type", "application/json").end(body);
      }),
    ),
  ];
}

/** @param whole What the item's fields are fields of, in errors. */
async function answer(
  model: Model,
  job: PredictJob,
  whole: string | undefined,
  waiter: Waiter,
): Promise<AnswerJson> {
  try {
    return toAnswerJson(model.manifest.target, await model.predict(job, waiter));
  } catch (error) {
    throw whole !== undefined && error instanceof InputError ? error.within(whole) : error;
  }
}

export function predictOperation(manifest: Manifest, limits: Limits): Operation {
  const { item, items, form } = requestSchemas(manifest, limits);
  const nouns = nounsOf(manifest);
  const subject = subjectOf(manifest);
  const files = fileInputs(manifest.inputs);
  const lists = files.map((name) => `\`${pluralOf(name)}[0]\`, \`${pluralOf(name)}[1]\`, ...`);
  const besides =
    files.length > 0 ? ` and ${listOf(files.map((name) => `\`${name}\``))} as a file` : "";
  const besidesList = files.length > 0 ? ` and files ${lists.join("; ")}` : "";
  return {
    summary: `${subject.charAt(0).toUpperCase()}${subject.slice(1)} of one ${nouns.item}, or of several`,
    description: `JSON of one ${nouns.item} or an array of ${nouns.items}; or a form with the same fields${besides}, for several ${nouns.items} a field \`${listName(manifest)}\` (JSON)${besidesList}`,
    tag: "Predictions",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: z.union([item, items]),
          examples: examplesFor(manifest),
        },
        "multipart/form-data": { schema: form },
      },
    },
    responses: {
      "200": jsonResponse(
        servedTarget(manifest.target).answered(manifest.target, nouns),
        answerSchema(manifest),
      ),
    },
    problems: ["bad-request", "multipart", "too-large", "content-type", "invalid-input"],
  };
}

/** Each is valid for the model. */
function examplesFor({ inputs, target }: Manifest) {
  const topK = hasOption(target, "topK") ? { topK: 3 } : {};
  if (areMovieInputs(inputs)) {
    return {
      title: { value: { title: "Heat (1995)", ...topK } },
      rated: { value: { ...exampleItem({ ratings: inputs.ratings }), explain: true } },
      several: { value: [{ title: "Toy Story" }, { title: "Alien", year: 1979 }] },
    };
  }
  const whole = exampleItem(inputs);
  const alone = Object.entries(whole).map(([name, value]) => ({ [name]: value }));
  return {
    one: { value: { ...whole, ...topK } },
    explained: { value: { ...whole, explain: true } },
    several: { value: alone.slice(0, 2) },
  };
}
