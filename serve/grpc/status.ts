/** Problems as gRPC says them. */

import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import type { HttpError, ProblemCode } from "../core/problems.ts";

/** By the code of the problem. */
export const STATUSES = {
  "bad-request": status.INVALID_ARGUMENT,
  multipart: status.INVALID_ARGUMENT,
  "invalid-tensors": status.INVALID_ARGUMENT,
  "invalid-input": status.INVALID_ARGUMENT,
  unauthorized: status.UNAUTHENTICATED,
  forbidden: status.PERMISSION_DENIED,
  "not-found": status.UNIMPLEMENTED,
  "model-not-found": status.NOT_FOUND,
  method: status.UNIMPLEMENTED,
  "slow-body": status.DEADLINE_EXCEEDED,
  precondition: status.FAILED_PRECONDITION,
  // As grpc's own libraries refuse large messages.
  "too-large": status.RESOURCE_EXHAUSTED,
  "content-type": status.UNIMPLEMENTED,
  range: status.OUT_OF_RANGE,
  "rate-limit": status.RESOURCE_EXHAUSTED,
  "unfinished-bodies": status.RESOURCE_EXHAUSTED,
  internal: status.INTERNAL,
  // Worth another try, which clients make where this is the status.
  "queue-full": status.UNAVAILABLE,
  "bodies-full": status.UNAVAILABLE,
  "model-unavailable": status.UNAVAILABLE,
  draining: status.UNAVAILABLE,
  timeout: status.DEADLINE_EXCEEDED,
} as const satisfies Readonly<Record<ProblemCode, status>>;

/** Characters of an error's text, and of those that are not ASCII: clients take 8 KiB of headers, where each is up to nine. */
const [MAX_DETAIL, MAX_OTHER] = [1000, 300];

/** An error's text as a header may hold it: short, and of whole characters. */
export function shortDetail(text: string): string {
  const most = /^[ -~]*$/.test(text.slice(0, MAX_DETAIL)) ? MAX_DETAIL : MAX_OTHER;
  const short = text.length > most ? `${text.slice(0, most)}…` : text;
  return short.replace(/[\ud800-\udfff]/gu, "\ufffd");
}

/** The status that ends a call: with the problem's type, and what HTTP would have as headers. */
export function statusOf({
  code,
  message,
  headers,
}: HttpError): Pick<ServiceError, "code" | "details" | "metadata"> {
  const metadata = new Metadata();
  metadata.set("problem-type", `urn:marquee:problem:${code}`);
  for (const [name, value] of Object.entries(headers)) metadata.set(name, value);
  return { code: STATUSES[code], details: shortDetail(message), metadata };
}
