/** How much a JSON text holds, counted in one pass over its bytes: what is too much is refused before it is parsed. */

import { HttpError } from "../problems.ts";

export interface JsonLimits {
  /** Lists and objects inside each other. */
  readonly depth: number;
  /** Values of all lists and objects together; each list and each object is a value, too. */
  readonly values: number;
  /** Objects among them. */
  readonly objects: number;
  /** Fields of one object. */
  readonly fields: number;
}

export interface JsonSize {
  /** At least as many values as JSON.parse would make, empty lists and objects counted twice. */
  readonly values: number;
  /** Fields of all objects together. */
  readonly fields: number;
}

/** Requests of a list of items have five, tensors of the most dimensions that are accepted nineteen. */
export const MAX_DEPTH = 32;
/** Bundles have inputs by the dozen, and the protocols' objects fewer fields. */
export const MAX_FIELDS = 1000;

/** Bytes of a text that are looked at one by one before its end is searched for, which is faster for long ones only. */
const SHORT_TEXT = 64;

const [QUOTE, BACKSLASH, COMMA, COLON] = [0x22, 0x5c, 0x2c, 0x3a];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/**
 * Counts what is outside of texts. Bytes that are not JSON are counted all the same: the parser refuses them.
 *
 * @param bytes UTF-8.
 * @param field Named in errors.
 * @throws HttpError 413 at the first byte that exceeds a limit.
 */
export function scanJson(bytes: Uint8Array, limits: JsonLimits, field = "body"): JsonSize {
  const refuse = (detail: string) =>
    new HttpError("too-large", `${field}: ${detail}`, { issues: [{ field, detail }] });
  /** Fields so far of the objects that are open, by depth. */
  const open = new Uint32Array(limits.depth + 1);
  let depth = 0;
  let values = 1;
  let objects = 0;
  let fields = 0;
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    switch (byte) {
      case QUOTE:
        i = endOfText(bytes, i);
        break;
      case OPEN_LIST:
      case OPEN_OBJECT:
        if (byte === OPEN_OBJECT && ++objects > limits.objects) {
          throw refuse(`has more than ${limits.objects} objects`);
        }
        if (++depth > limits.depth) throw refuse(`is nested more than ${limits.depth} deep`);
        if (++values > limits.values) throw refuse(`has more than ${limits.values} values`);
        open[depth] = 0;
        break;
      case CLOSE_LIST:
      case CLOSE_OBJECT:
        // More ends than beginnings are no JSON, and must not make room for more depth.
        if (depth > 0) depth--;
        break;
      case COMMA:
        if (++values > limits.values) throw refuse(`has more than ${limits.values} values`);
        break;
      case COLON:
        fields++;
        if (++open[depth]! > limits.fields) {
          throw refuse(`has an object of more than ${limits.fields} fields`);
        }
        break;
    }
  }
  return { values, fields };
}

/** @returns The place of the quote that ends the text which begins at `start`, or of the last byte. */
function endOfText(bytes: Uint8Array, start: number): number {
  let from = start + 1;
  for (;;) {
    const stop = Math.min(bytes.length, from + SHORT_TEXT);
    let i = from;
    for (; i < stop; i++) {
      const byte = bytes[i];
      if (byte === QUOTE) return i;
      if (byte === BACKSLASH) i++;
    }
    if (i >= bytes.length) return bytes.length - 1;
    // A long text: its next quote ends it, unless a backslash that is not escaped itself stands before it.
    const quote = bytes.indexOf(QUOTE, i);
    if (quote < 0) return bytes.length - 1;
    let backslashes = quote - 1;
    while (backslashes >= i && bytes[backslashes] === BACKSLASH) backslashes--;
    if ((quote - 1 - backslashes) % 2 === 0) return quote;
    from = quote + 1;
  }
}
