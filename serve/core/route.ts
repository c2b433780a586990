/** What a row of the table of routes says, and what its handlers are made from. */

import type { RequestHandler } from "express";
import type { z } from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import type { Manifest } from "../../predictor/manifest.ts";
import type { ModelHost } from "../engine/host.ts";
import type { Settings } from "../settings.ts";
import type { Admission } from "./admission.ts";
import type { Metrics } from "./metrics.ts";
import type { ProblemCode } from "./problems.ts";

const MEGA = 1_000_000;

/** Limits of a request, which its schemas and their description depend on. */
export type Limits = Pick<Settings, "maxMovies" | "maxRatings">;

/** What handlers have of the server. */
export interface RouteContext {
  readonly settings: Settings;
  readonly host: ModelHost;
  readonly admission: Admission;
  readonly metrics: Metrics;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
  /** The OpenAPI document, of the model that is served now. */
  readonly openApi: () => string;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** As Express writes it: /v2/models/:name */
  readonly path: string;
  /** Whether it takes a place in the queue: refused at once when that is full, and within its time limit otherwise. */
  readonly queued: boolean;
  /** Whether an API key is needed, where the server has keys, and the rate is limited. */
  readonly needsKey: boolean;
  readonly handlers: (context: RouteContext) => readonly RequestHandler[];
  /** What OpenAPI says of it; the model's data has a say in what is valid. */
  readonly operation: (manifest: Manifest, limits: Limits) => Operation;
}

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tag: "Predictions" | "Model" | "Open Inference Protocol" | "Operation";
  readonly requestBody?: ZodOpenApiOperationObject["requestBody"];
  /** Those without a problem, by status. */
  readonly responses: Readonly<Record<string, ZodOpenApiResponseObject>>;
  /** Problems of its own; those of keys, rates and the queue follow from the row. */
  readonly problems?: readonly ProblemCode[];
}

export function jsonResponse(description: string, schema: z.ZodType): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema } } };
}

/** Largest request body, in bytes. */
export function maxBodyBytes({ bodyMb }: Pick<Settings, "bodyMb">): number {
  return bodyMb * MEGA;
}
