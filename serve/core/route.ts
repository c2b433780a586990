/** Types of the route table: a route, the context its handlers get, and its OpenAPI description. */

import type { RequestHandler } from "express";
import type * as z from "zod";
import type { ZodOpenApiOperationObject, ZodOpenApiResponseObject } from "zod-openapi";
import type { Manifest } from "../../predictor/manifest.ts";
import type { Models } from "../engine/models.ts";
import { MEGA, type Settings } from "../settings.ts";
import type { BodyLimits } from "./bodies.ts";
import type { HttpAdmission } from "./httpAdmission.ts";
import type { Metrics } from "./metrics.ts";
import type { ProblemCode } from "./problems.ts";

/** Limits of a request, used in its schemas and their descriptions. */
export type Limits = Pick<Settings, "maxMovies" | "maxRatings">;

/** The parts of the server that handlers use. */
export interface RouteContext {
  readonly settings: Settings;
  readonly models: Models;
  readonly admission: HttpAdmission;
  readonly metrics: Metrics;
  /** False once the server is shutting down. */
  readonly isReady: () => boolean;
  /**
   * The OpenAPI document of a model that is served now, by default of the default one.
   *
   * @throws ModelNotFound if there is no such model.
   */
  readonly openApi: (name?: string) => string;
}

export interface Route {
  readonly method: "GET" | "POST";
  /** As Express writes it: /v2/models/:name */
  readonly path: string;
  /** Whether its requests take a place in the queue: refused at once if it is full, and answered within the time limit. */
  readonly queued: boolean;
  /** Whether an API key is needed, where the server has keys, and the rate is limited. */
  readonly needsKey: boolean;
  /** Whether the key has to be an operator's; without such keys, nobody may. */
  readonly operatorsOnly?: true;
  readonly handlers: (context: RouteContext) => readonly RequestHandler[];
  /** Its OpenAPI description; which values are valid depends on the model's data. */
  readonly operation: (manifest: Manifest, limits: Limits) => Operation;
}

export interface Operation {
  readonly summary: string;
  readonly description?: string;
  readonly tag: "Predictions" | "Model" | "Open Inference Protocol" | "Operation";
  readonly query?: Readonly<Record<string, z.ZodType>>;
  readonly requestBody?: ZodOpenApiOperationObject["requestBody"];
  /** Successful responses, by status. */
  readonly responses: Readonly<Record<string, ZodOpenApiResponseObject>>;
  /** Its own problems; those of API keys, rate limits and the queue are added from `needsKey` and `queued`. */
  readonly problems?: readonly ProblemCode[];
}

export function jsonResponse(description: string, schema: z.ZodType): ZodOpenApiResponseObject {
  return { description, content: { "application/json": { schema } } };
}

/** Largest request body, in bytes. */
export function maxBodyBytes({ bodyMb }: Pick<Settings, "bodyMb">): number {
  return bodyMb * MEGA;
}

/** How bodies may arrive. */
export function bodyLimits(settings: Settings): BodyLimits {
  const largest = maxBodyBytes(settings);
  return {
    largest,
    budget: settings.bodiesMb === undefined ? 4 * largest : settings.bodiesMb * MEGA,
    perAddress: settings.bodiesPerAddress,
    seconds: settings.bodySeconds,
    bytesPerSecond: settings.bodyBytesPerSecond,
  };
}
