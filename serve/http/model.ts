/** GET /v1/labels and /v1/model */

import type { RequestHandler } from "express";
import type { z } from "zod";
import { typeOf } from "../../predictor/inputs/types.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import { labelsTarget } from "../../predictor/targets/labels.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import type { Model } from "../engine/model.ts";
import { labelsSchema, modelAnswerSchema } from "./schema.ts";

export const labels = ({ host }: RouteContext): RequestHandler[] => [
  (_request, response) => {
    const { manifest } = host.model;
    response.json({
      model: nameOf(host.model),
      labels: labelsTarget(manifest.target).labels.map((label, i) => ({
        label,
        threshold: labelsTarget(manifest.target).thresholds.perLabel[i]!,
      })),
    } satisfies z.infer<typeof labelsSchema>);
  },
];

export function labelsOperation(manifest: Manifest): Operation {
  const nouns = nounsOf(manifest);
  return {
    summary: `The ${nouns.labels} and their thresholds`,
    tag: "Model",
    responses: { "200": jsonResponse(`the ${nouns.labels}`, labelsSchema) },
  };
}

export const model = ({ host }: RouteContext): RequestHandler[] => [
  (_request, response) => {
    const { manifest, provider, precision, card } = host.model;
    response.json({
      model: nameOf(host.model),
      provider,
      precision,
      ...(card === undefined ? {} : { card }),
      manifest: publicManifest(manifest),
    } satisfies z.infer<typeof modelAnswerSchema>);
  },
];

export const modelOperation = (): Operation => ({
  summary: "The model's card and manifest",
  tag: "Model",
  responses: { "200": jsonResponse("the model", modelAnswerSchema) },
});

export function nameOf({ manifest, version }: Model) {
  return { name: manifest.name, version, synthetic: manifest.provenance.synthetic };
}

/** Manifest without what is long and of use to preprocessing only. */
function publicManifest(manifest: Manifest): Record<string, unknown> {
  const inputs = Object.entries(manifest.inputs).map(([name, spec]) => [
    name,
    typeOf(spec).summary?.(spec) ?? spec,
  ]);
  return { ...manifest, inputs: Object.fromEntries(inputs) };
}
