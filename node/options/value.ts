/** The text of a flag or an environment variable -> a value, whose range the schema checks afterwards. */

import { InvalidArgumentError } from "commander";
import { toNumber } from "../../predictor/values.ts";
import type { JsonSchema } from "./setting.ts";

/** @throws InvalidArgumentError if the option is a number and the text is not. */
export function parseValue(text: string, schema: JsonSchema): unknown {
  if (schema.type === "array") {
    // As JSON, quotes and brackets would silently become part of the values.
    if (/^\s*\[/.test(text)) return parseList(text);
    return text.split(",").map((part) => parseValue(part, schema.items ?? {}));
  }
  if (schema.type === "integer" || schema.type === "number") {
    const value = toNumber(text);
    if (value === undefined) throw new InvalidArgumentError("It must be a number.");
    return value;
  }
  return text;
}

function parseList(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(text);
    if (Array.isArray(value)) return value;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be comma-separated values, or JSON: ["a", "b"].');
}
