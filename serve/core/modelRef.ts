/** Which model a request asks for: what its path says, and what decides where a model's requests are split. */

import type { Request } from "express";
import type { ModelRef } from "../engine/models.ts";

/** Requests with the same value get the same version of a model. */
export const TRAFFIC_HEADER = "X-Traffic-Key";

/** @param signal Ends the wait for a model that is being loaded. */
export function modelRefOf(request: Request, signal?: AbortSignal): ModelRef {
  const { name, version } = request.params as { name?: string; version?: string };
  return { name, version, key: request.get(TRAFFIC_HEADER) ?? String(request.id), signal };
}
