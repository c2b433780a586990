/** Images in requests: files, which the threads of the engine decode. */

import * as z from "zod";
import { decodePoster } from "../../../node/poster.ts";
import { InputError } from "../../../predictor/errors.ts";
import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { readInput } from "./readInput.ts";
import type { ServedType } from "./servedType.ts";

/** A GIF of one white pixel. */
const PIXEL = "data:image/gif;base64,R0lGODlhAQABAIAAAP///wAAACwAAAAAAQABAAACAkQBADs=";

export const image = {
  field: () =>
    z
      .string()
      .min(1)
      .describe("JPEG, PNG, WebP, AVIF or GIF file as base64 or data URL")
      .meta({ contentEncoding: "base64" }),

  inForm: "file",

  fromCell: (_, cell) => cell,

  option: () => z.string().min(1).describe("image file: JPEG, PNG, WebP, AVIF or GIF"),

  fromOption: async (name, value) => decodePoster(await readInput(name, value as string), name),

  inFiles: "a file's name",

  isGiven: () => true,

  example: () => PIXEL,
} satisfies ServedType<ImageSpec>;

const DATA_URL = /^data:[\w.+/-]*(?:;[\w-]+=[\w.-]+)*;base64,/i;

const NOT_BASE64 = /[^A-Za-z0-9+/_\-\s]/;

/** The text without blanks and up to two signs = at its end. */
function withoutEnd(encoded: string): string {
  let { length } = encoded.trimEnd();
  for (let i = 0; i < 2 && encoded[length - 1] === "="; i++) length--;
  return encoded.slice(0, length);
}

/** @throws InputError naming `field` unless the text is base64, or a data URL of base64, of at least a byte. */
export function decodeBase64(text: string, field: string): Uint8Array {
  // The format is read from the bytes; the media type is ignored.
  const start = DATA_URL.exec(text.slice(0, 200))?.[0].length ?? 0;
  if (start === 0 && text.startsWith("data:")) {
    throw new InputError(field, 'is a data URL without ";base64,"');
  }
  const encoded = start === 0 ? text : text.slice(start);
  // One pattern for digits and end would try every blank as the beginning of the end: quadratic time.
  if (NOT_BASE64.test(withoutEnd(encoded))) throw new InputError(field, "is not base64");
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length === 0) throw new InputError(field, "is an empty file");
  return bytes;
}
