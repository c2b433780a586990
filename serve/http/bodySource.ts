/** What a request for predictions was sent as, before its text is read. */

import { TextDecoder } from "node:util";
import type { Request } from "express";
import { InputError } from "../../predictor/errors.ts";
import { parseJson } from "../core/body/parseJson.ts";
import { type JsonLimits, scanJson } from "../core/body/scanJson.ts";
import { HttpError } from "../core/problems.ts";
import { shorten } from "../core/validation.ts";

export type BodySource =
  | { readonly kind: "json"; readonly bytes: Uint8Array; readonly charset: string }
  | {
      readonly kind: "form";
      /** Names and texts, or lists of texts where a field was sent several times. */
      readonly fields: readonly (readonly [string, unknown])[];
      /** Names of the files' fields, in the order sent. */
      readonly files: readonly string[];
    };

/** What is read on the event loop; more is read in a thread. */
const LIGHT = {
  /** Bytes of text: as long as an image of 190 kB in base64. */
  bytes: 1 << 18,
  /** Checking one takes up to 20 µs. */
  values: 1000,
};

export const JSON_TYPES = ["application/json", "application/*+json"];
const CHARSET = /;\s*charset\s*=\s*"?([^\s;"]*)/i;
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

/** @throws HttpError 415 unless the body is JSON or a form; InputError if a file is empty, or a field is no text. */
export function sourceOf(request: Request): BodySource {
  if (request.is("multipart/form-data")) {
    const files = (request.files ?? []) as Express.Multer.File[];
    const empty = files.find(({ size }) => size === 0);
    if (empty) {
      throw new InputError(
        empty.fieldname,
        "is an empty file; leave the field out if there is none",
      );
    }
    const fields = Object.entries(request.body as Record<string, unknown>);
    for (const [name, value] of fields) {
      // The reader of forms makes an object of name[x].
      if ([value].flat().every((text) => typeof text !== "object")) continue;
      throw new InputError(name, "is sent with keys in brackets; send a text");
    }
    return {
      kind: "form",
      fields,
      files: files.map(({ fieldname }) => fieldname),
    };
  }
  if (request.is(JSON_TYPES)) {
    const charset = CHARSET.exec(request.get("content-type") ?? "")?.[1]?.toLowerCase() ?? "utf-8";
    return { kind: "json", bytes: request.body as Buffer, charset };
  }
  const detail = "is neither application/json nor multipart/form-data";
  throw new HttpError(
    "content-type",
    "body: send application/json or multipart/form-data, with a body",
    { issues: [{ field: "body", detail }] },
  );
}

/**
 * Whether a body is so small that it can be read on the event loop.
 *
 * @throws HttpError 413 if it is small and holds too much all the same.
 */
export function isLight(source: BodySource, limits: JsonLimits): boolean {
  if (source.kind === "json") {
    if (source.charset !== "utf-8") return source.bytes.length <= LIGHT.values;
    return (
      source.bytes.length <= LIGHT.bytes && scanJson(source.bytes, limits).values <= LIGHT.values
    );
  }
  const texts = source.fields.flatMap(([, value]) => [value].flat(1)).map(String);
  if (texts.reduce((sum, { length }) => sum + length, 0) > LIGHT.bytes) return false;
  let values = 0;
  for (const text of texts) {
    try {
      values += scanJson(Buffer.from(text), limits).values;
    } catch {
      // Not all fields are JSON: which are is known to the reader.
      return false;
    }
  }
  return values <= LIGHT.values;
}

/**
 * @throws HttpError 400 if the body is no JSON, or neither a list nor an object; 413 if it holds too much; 415 if it is
 *   text of another charset.
 */
export function parseBody(
  { bytes, charset }: Extract<BodySource, { kind: "json" }>,
  limits: JsonLimits,
): unknown {
  const text = toUtf8(bytes, charset);
  // A common mistake of clients, and an item without any input.
  if (text.length === 0) return {};
  let value: unknown;
  try {
    value = parseJson(text, limits);
  } catch (error) {
    throw error instanceof SyntaxError ? unreadable(error.message) : error;
  }
  if (typeof value !== "object" || value === null) throw unreadable("must be a list or an object");
  return value;
}

function unreadable(message: string): HttpError {
  const detail = shorten(message);
  return new HttpError("bad-request", `body: ${detail}`, { issues: [{ field: "body", detail }] });
}

function toUtf8(bytes: Uint8Array, charset: string): Uint8Array {
  if (charset === "utf-8") {
    const marked = BYTE_ORDER_MARK.equals(bytes.subarray(0, BYTE_ORDER_MARK.length));
    return marked ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
  }
  const decoder = unicodeDecoder(charset);
  try {
    return Buffer.from(decoder.decode(bytes));
  } catch {
    throw unreadable(`is not ${charset.toUpperCase()}`);
  }
}

function unicodeDecoder(charset: string): TextDecoder {
  try {
    // JSON is Unicode: other charsets are refused even where Node knows them.
    if (!charset.startsWith("utf-")) throw new RangeError(charset);
    return new TextDecoder(charset, { fatal: true });
  } catch {
    const detail = `unsupported charset "${shorten(charset.toUpperCase())}"`;
    const issues = [{ field: "body", detail }];
    throw new HttpError("content-type", `body: ${detail}`, { issues });
  }
}
