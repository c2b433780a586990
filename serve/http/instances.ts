/** The body that clients of TensorFlow Serving send, `{ "instances": [...] }`, as a list of items. */

import { InputError } from "../../predictor/errors.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { fileInputs } from "../core/inputs/types.ts";
import { invalidInput } from "../core/validation.ts";

/** The list's name, also in errors. */
export const INSTANCES = "instances";
/** TensorFlow Serving's other form, a list for each input. */
const COLUMNS = "inputs";
/** Its clients name one; a bundle has only one. */
const SIGNATURE = "signature_name";

/**
 * The items of such a body; undefined where the body is not one. Of more than `most`, none is looked at.
 *
 * An item is an object, or where the bundle has one input also its value alone. Bytes are `{ "b64": base64 }`.
 *
 * @throws HttpError 422 if the body is that of TensorFlow Serving, but not of a form that is taken.
 */
export function instancesOf(
  body: unknown,
  inputs: InputSpecs,
  most: number,
): unknown[] | undefined {
  if (typeof body !== "object" || body === null || Array.isArray(body)) return undefined;
  const given = body as Record<string, unknown>;
  const isForm = (name: string) => Object.hasOwn(given, name) && !Object.hasOwn(inputs, name);
  if (isForm(COLUMNS)) {
    throw new InputError(COLUMNS, `is not accepted here; send a list of items as "${INSTANCES}"`);
  }
  if (!isForm(INSTANCES)) return undefined;
  const others = Object.keys(given).filter((name) => ![INSTANCES, SIGNATURE].includes(name));
  if (others.length > 0) {
    const detail = `is not a field beside "${INSTANCES}"; put it into each of them`;
    throw invalidInput(others.slice(0, 20).map((field) => ({ field: field.slice(0, 80), detail })));
  }
  const { [INSTANCES]: instances, [SIGNATURE]: signature = "" } = given;
  if (!Array.isArray(instances)) throw new InputError(INSTANCES, "is not a list");
  if (typeof signature !== "string") throw new InputError(SIGNATURE, "is not a text");
  if (instances.length > most) return instances;
  const names = Object.keys(inputs);
  const files = fileInputs(inputs);
  return instances.map((instance) => {
    const isItem = typeof instance === "object" && instance !== null && !isBytes(instance);
    const item = isItem || names.length > 1 ? instance : { [names[0]!]: instance };
    return typeof item === "object" && item !== null && !Array.isArray(item)
      ? withoutBytes(item as Record<string, unknown>, files)
      : item;
  });
}

/** The item with base64 and texts in place of bytes. */
function withoutBytes(
  item: Record<string, unknown>,
  files: readonly string[],
): Record<string, unknown> {
  const entries = Object.entries(item).map(([name, value]) => {
    if (!isBytes(value)) return [name, value];
    return [name, files.includes(name) ? value.b64 : Buffer.from(value.b64, "base64").toString()];
  });
  return Object.fromEntries(entries);
}

function isBytes(value: unknown): value is { readonly b64: string } {
  if (typeof value !== "object" || value === null) return false;
  const [name, ...others] = Object.keys(value);
  return (
    name === "b64" && others.length === 0 && typeof (value as { b64: unknown }).b64 === "string"
  );
}
