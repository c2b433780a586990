/** Numbers as people type them: as the data has them that the model was trained on. */

import { InputError } from "../../../predictor/errors.ts";
import { type NumberSpec, readNumber } from "../../../predictor/inputs/number.ts";
import { issueOf } from "../../../predictor/issues.ts";
import { checkNumber } from "../../../predictor/preprocess/number.ts";
import { isNoValue, numberText } from "../../../predictor/values.ts";

/**
 * @param text Without blanks around it.
 * @throws InputError naming the input.
 */
export function readTyped(name: string, spec: NumberSpec, text: string): number | undefined {
  if (spec.pattern !== undefined) return readNumber(name, spec, text);
  if (isNoValue(text, spec)) return undefined;
  const { whole, decimal } = spec;
  // Points may group the digits of numbers with a decimal comma.
  if (whole && decimal !== "," && !/^[+-]?\d+$/.test(text)) {
    throw new InputError(name, issueOf("notNumberText", { text, whole }));
  }
  return checkNumber(name, spec, text);
}

/** The text of a number, and what was typed as it was; "" for nothing. */
export function toTyped({ decimal }: Pick<NumberSpec, "decimal">, value: unknown): string {
  return typeof value === "number" ? numberText(value, decimal) : String(value ?? "");
}
