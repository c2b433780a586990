/** The body of an inference request, JSON or JSON followed by binary tensors -> the request and the tensors' bytes. */

import { parseJson } from "../core/body/parseJson.ts";
import { type JsonLimits, MAX_DEPTH, MAX_FIELDS } from "../core/body/scanJson.ts";
import { fieldOf } from "../core/validation.ts";
import { type InferRequest, inferRequestSchema } from "./schema.ts";
import { wrong } from "./wrong.ts";

/**
 * Where the JSON ends and binary tensors begin.
 *
 * @throws HttpError 400 if that is not in the body.
 */
export function jsonEnd(body: Uint8Array, jsonLength: string | undefined): number {
  if (jsonLength === undefined) return body.length;
  // Number() would take "0x10" and "", too.
  const end = /^\d+$/.test(jsonLength) ? Number(jsonLength) : Number.NaN;
  if (Number.isSafeInteger(end) && end <= body.length) return end;
  throw wrong(
    `Inference-Header-Content-Length is ${jsonLength}; the body has ${body.length} bytes`,
  );
}

/** Values beside the tensors'. */
const OTHER_VALUES = 10_000;
/** Objects of a request: itself, and for each of its tensors one with parameters. */
const MAX_OBJECTS = 1000;

/**
 * @param values That the request's tensors may have.
 * @param inputs Of the view.
 */
export function requestLimits(values: number, inputs: number): JsonLimits {
  return {
    depth: MAX_DEPTH,
    values: values + OTHER_VALUES,
    objects: Math.max(MAX_OBJECTS, 4 * inputs),
    fields: MAX_FIELDS,
  };
}

/**
 * A request whose tensors' data are only known to be lists.
 *
 * @throws HttpError 400 naming the field that is wrong, 413 if there is too much of it.
 */
export function parseRequest(bytes: Uint8Array, limits: JsonLimits): InferRequest {
  let json: unknown;
  try {
    json = parseJson(bytes, limits);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw wrong(`the body is not JSON: ${error.message}`);
  }
  const { request, data } = withoutData(json);
  const result = inferRequestSchema.safeParse(request);
  if (!result.success) {
    const [issue] = result.error.issues;
    throw wrong(`${fieldOf("", issue!.path) || "the body"}: ${issue!.message}`);
  }
  const inputs = result.data.inputs.map((input, i) =>
    data[i] === undefined ? input : { ...input, data: data[i] },
  );
  return { ...result.data, inputs };
}

/** The request with empty lists in place of its tensors' data: the schema would look at each number. */
function withoutData(json: unknown): {
  readonly request: unknown;
  readonly data: readonly (unknown[] | undefined)[];
} {
  const { inputs } = (json ?? {}) as { inputs?: unknown };
  if (!Array.isArray(inputs)) return { request: json, data: [] };
  const data = inputs.map((input: { data?: unknown } | null) =>
    Array.isArray(input?.data) ? input.data : undefined,
  );
  const others = inputs.map((input, i) => (data[i] ? { ...input, data: [] } : input));
  return { request: { ...(json as object), inputs: others }, data };
}
