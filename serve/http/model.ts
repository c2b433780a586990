/** GET /v1/labels and /v1/model, and those of a model by its name. */

import type { RequestHandler } from "express";
import type * as z from "zod";
import { typeOf } from "../../predictor/inputs/types.ts";
import type { Manifest } from "../../predictor/manifest.ts";
import { nounsOf } from "../../predictor/nouns.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { modelRefOf } from "../core/modelRef.ts";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import { servedTarget } from "../core/targets/types.ts";
import type { Refusal } from "../engine/bundleOnDisk.ts";
import type { ModelHost } from "../engine/host.ts";
import type { ModelInfo } from "../engine/model.ts";
import { labelsSchema, modelAnswerSchema } from "./schema.ts";

export const labels = ({ models }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const model = models.find(modelRefOf(request));
    const { target } = model.manifest;
    response.json({
      model: nameOf(model),
      labels: [...servedTarget(target).listed(target)],
      ...subsetsOf(target),
    } satisfies z.infer<typeof labelsSchema>);
  },
];

/** Nothing where no subset of inputs has a threshold. */
function subsetsOf(target: TargetSpec) {
  const subsets = servedTarget(target).subsets?.(target) ?? [];
  if (subsets.length === 0) return {};
  return { subsets: subsets.map(({ groups, threshold }) => ({ groups: [...groups], threshold })) };
}

export function labelsOperation(manifest: Manifest): Operation {
  const { labels } = nounsOf(manifest);
  const listed = servedTarget(manifest.target).listed(manifest.target);
  const summary = {
    none: `No ${labels}: the model predicts a number`,
    plain: `The ${labels}`,
    thresholds: `The ${labels} and their thresholds`,
  };
  const [first] = listed;
  const kind = !first ? "none" : first.threshold === undefined ? "plain" : "thresholds";
  return {
    summary: summary[kind],
    tag: "Model",
    responses: { "200": jsonResponse(`the ${labels}`, labelsSchema) },
  };
}

export const model = ({ models }: RouteContext): RequestHandler[] => [
  (request, response) => {
    const host = models.host(modelRefOf(request));
    const { model, state, loaded, refused } = host;
    const { manifest, card } = model;
    response.json({
      model: nameOf(model),
      state,
      model_version_status: [statusOf(host)],
      ...(loaded ? { provider: loaded.provider, precision: loaded.precision } : {}),
      ...(card === undefined ? {} : { card }),
      ...(loaded ? refusedOnDisk(refused) : {}),
      manifest: publicManifest(manifest),
    } satisfies z.infer<typeof modelAnswerSchema>);
  },
];

/** A version's state as TensorFlow Serving names it; one that is loaded on demand is available. */
function statusOf({ canAnswer, model: { version }, refused }: ModelHost) {
  return canAnswer
    ? { version, state: "AVAILABLE" as const, status: { error_code: "OK", error_message: "" } }
    : {
        version,
        state: "END" as const,
        status: {
          error_code: "UNAVAILABLE",
          error_message: refused?.reason ?? "unloaded by an operator",
        },
      };
}

function refusedOnDisk(refused: Refusal | undefined) {
  if (refused === undefined) return {};
  const { reason, since, tries } = refused;
  return { newerBundle: { reason, since: since.toISOString(), tries } };
}

export const modelOperation = (): Operation => ({
  summary: "The model's card and manifest",
  tag: "Model",
  responses: { "200": jsonResponse("the model", modelAnswerSchema) },
});

export function nameOf({ manifest, version }: ModelInfo) {
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
