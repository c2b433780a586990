/** Ids of requests in logs and answers, and the headers of every answer. */

import { randomUUID } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";

/** The client's own id if it has a valid form, else a new one. */
export function requestId({ headers }: IncomingMessage): string {
  return idOf(headers["x-request-id"]);
}

/** @param given By the client. */
export function idOf(given: unknown): string {
  return typeof given === "string" && /^[\w.:-]{1,64}$/.test(given) ? given : randomUUID();
}

/** Sets the headers of every answer, also of those that load shedding gives. */
export function setBasicHeaders(response: ServerResponse, id: string, isReady: boolean): void {
  response.setHeader("x-request-id", id);
  // A connection that closes after this answer has no request on it when the server stops.
  if (!isReady) response.setHeader("connection", "close");
}
