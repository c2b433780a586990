/** Which numbers an input accepts. */

import { InputError } from "../errors.ts";

export interface NumberRange {
  readonly min: number;
  readonly max: number;
  /** Whether only whole numbers are accepted. */
  readonly whole: boolean;
}

export function isAccepted(value: number, { min, max, whole }: NumberRange): boolean {
  return value >= min && value <= max && (!whole || Number.isInteger(value));
}

/**
 * @param name Of the input, for errors.
 * @throws InputError unless the value is a number within the range.
 */
export function checkNumber(name: string, range: NumberRange, value: unknown): number {
  if (typeof value === "number" && isAccepted(value, range)) return value;
  const kind = range.whole ? "a whole number" : "a number";
  throw new InputError(name, `${String(value)} is not ${kind} from ${range.min} to ${range.max}`);
}
