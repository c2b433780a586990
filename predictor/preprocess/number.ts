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

/**
 * Makes the function that finds what may be a number in a text: the first group of the pattern, without blanks around it;
 * undefined where it finds nothing, or nothing but blanks.
 */
export function textFinder(pattern: string): (text: unknown) => string | undefined {
  const expression = new RegExp(pattern, "u");
  return (text) => {
    const found = typeof text === "string" ? expression.exec(text)?.[1]?.trim() : undefined;
    // An empty text would be 0.
    return found || undefined;
  };
}
