/** GET /v1/models */

import type { RequestHandler } from "express";
import type * as z from "zod";
import { jsonResponse, type Operation, type RouteContext } from "../core/route.ts";
import type { ServedVersion } from "../engine/answering.ts";
import type { Models } from "../engine/models.ts";
import { modelsSchema } from "./schema.ts";

export const models = ({ models }: RouteContext): RequestHandler[] => [
  (_request, response) => {
    response.json({
      default: models.defaultName,
      models: [...models.all].map(([name, versions]) => ({
        name,
        versions: versions.map((version) => listed(models, name, version)),
      })),
      notServed: models.faults.map(({ folder, reason }) => ({ folder, reason })),
    } satisfies z.infer<typeof modelsSchema>);
  },
];

function listed(models: Models, name: string, version: ServedVersion) {
  const { folder, host } = version;
  const { manifest, version: content } = host.model;
  return {
    version: content,
    ...(folder === undefined ? {} : { folder }),
    synthetic: manifest.provenance.synthetic,
    state: host.state,
    ...(host.refused ? { reason: host.refused.reason } : {}),
    share: models.shareOf(name, version),
  };
}

export const modelsOperation = (): Operation => ({
  summary: "The models that are served, and their versions",
  tag: "Model",
  responses: { "200": jsonResponse("the models", modelsSchema) },
});
