/** Bytes of a request -> JSON: the only place where the server parses what it was sent. */

import { type JsonLimits, scanJson } from "./scanJson.ts";
import { decodeUtf8 } from "./utf8.ts";

/**
 * @param bytes UTF-8.
 * @param field Named in errors.
 * @throws HttpError 413 before parsing, if there is too much of it.
 * @throws SyntaxError if it is not UTF-8 or not JSON.
 */
export function parseJson(bytes: Uint8Array, limits: JsonLimits, field?: string): unknown {
  scanJson(bytes, limits, field);
  return JSON.parse(decodeUtf8(bytes));
}
