/** POST /v1/predict */

import type { RequestHandler } from "express";
import * as z from "zod";
import { toAnswerJson } from "../../predictor/answer.ts";
import type { AnswerJson } from "../../predictor/answerTypes.ts";
import { InputError } from "../../predictor/errors.ts";
import { listOf } from "../../predictor/listOf.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { areMovieInputs } from "../../predictor/movie.ts";
import { capitalised, nounsOf } from "../../predictor/nouns.ts";
import { exampleItem, fileInputs, listName, pluralOf } from "../core/inputs/types.ts";
import { requestSchemas } from "../core/items.ts";
import { modelRefOf } from "../core/modelRef.ts";
import type { Limits, Operation, RouteContext } from "../core/route.ts";
import { hasOption, servedTarget, subjectOf } from "../core/targets/types.ts";
import { listJson } from "../core/turns.ts";
import type { Waiter } from "../engine/batcher.ts";
import type { Model } from "../engine/model.ts";
import type { PredictJob } from "../engine/predictJob.ts";
import { INSTANCES } from "./instances.ts";
import { nameOf } from "./model.ts";
import { bodyReceivers, createReadBody, createReadSource } from "./readBody.ts";
import { answerSchema } from "./schema.ts";
import { answerLines, NDJSON } from "./stream/stream.ts";

export function predict(context: RouteContext): RequestHandler[] {
  const { settings, models, admission, metrics } = context;
  const readSource = createReadSource(settings);
  const readBody = createReadBody(readSource);
  return [
    answerLines(context, readSource),
    ...bodyReceivers(settings),
    admission.handle((request, response, { ticket, waiter }) =>
      models.use(modelRefOf(request, waiter.signal), async (model) => {
        const start = performance.now();
        const { items, many, list } = await readBody(request, model, waiter.signal);
        ticket.resize(items.length);
        const end = performance.now();
        metrics.observe("read", (end - start) / 1000);
        waiter.onStage?.("read", start, end);
        const answers = await Promise.all(
          items.map((item, i) => answer(model, item, many ? `${list}[${i}]` : undefined, waiter)),
        );
        const name = nameOf(model);
        // TensorFlow Serving's answers say nothing of the model.
        const head = list === INSTANCES ? "" : `"model":${JSON.stringify(name)},`;
        const body = many
          ? `{${head}"predictions":${await listJson(answers)}}`
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
  const { item, items, instances, form } = requestSchemas(manifest, limits);
  const nouns = nounsOf(manifest);
  const subject = subjectOf(manifest);
  const files = fileInputs(manifest.inputs);
  const lists = files.map((name) => `\`${pluralOf(name)}[0]\`, \`${pluralOf(name)}[1]\`, ...`);
  const besides =
    files.length > 0 ? ` and ${listOf(files.map((name) => `\`${name}\``))} as a file` : "";
  const besidesList = files.length > 0 ? ` and files ${lists.join("; ")}` : "";
  return {
    summary: `${capitalised(subject)} of one ${nouns.item}, or of several`,
    description: `JSON of one ${nouns.item} or an array of ${nouns.items}; or a form with the same fields${besides}, for several ${nouns.items} a field \`${listName(manifest)}\` (JSON)${besidesList}; or any number of lines of JSON, each one ${nouns.item}, which are answered in order while they arrive. Clients of TensorFlow Serving may send \`instances\`, to /v1/models/NAME:predict, too.`,
    tag: "Predictions",
    requestBody: {
      required: true,
      content: {
        "application/json": {
          schema: z.union([item, items, instances]),
          examples: examplesFor(manifest),
        },
        "multipart/form-data": { schema: form },
        [NDJSON]: { schema: z.string().describe(`a line of JSON for each ${nouns.item}`) },
      },
    },
    responses: {
      "200": {
        description: servedTarget(manifest.target).answered(manifest.target, nouns),
        content: {
          "application/json": { schema: answerSchema(manifest) },
          [NDJSON]: {
            schema: z
              .string()
              .describe(
                "for each line its answer with `line`, or a problem with `line`; a problem with `last` ends the stream",
              ),
          },
        },
      },
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
      instances: { value: { instances: [{ title: "Toy Story" }] } },
    };
  }
  const whole = exampleItem(inputs);
  const alone = Object.entries(whole).map(([name, value]) => ({ [name]: value }));
  return {
    one: { value: { ...whole, ...topK } },
    explained: { value: { ...whole, explain: true } },
    several: { value: alone.slice(0, 2) },
    instances: { value: { instances: alone.slice(0, 1) } },
  };
}
