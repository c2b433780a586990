/** Bytes of a request -> JSON: the only place where the server parses what it was sent. */

import { type JsonLimits, scanJson } from "./scanJson.ts";

/**
 * @param bytes UTF-8.
 * @param field Named in errors.
 * @throws HttpError 413 before parsing, if there is too much of it.
 * @throws SyntaxError if it is not JSON.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits, field?: string): unknown {
  scanJson(bytes, limits, field);
  // Threads are sent plain arrays of bytes.
  return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf8"));
}
