/** Which numbers an input accepts. */

import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";
import { createSearch } from "../pattern/search.ts";
import { type Decimal, isFloat32, toNumber } from "../values.ts";

export interface NumberRange {
  /** Undefined: no bound but that of float32. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
  /** Whether only whole numbers are accepted. */
  readonly whole: boolean;
}

/** How the graph gets a number. */
export interface NumberScale {
  /** Subtracted first; default: 0. */
  readonly center?: number | undefined;
  /** Divides the rest, more than 0; default: 1. */
  readonly scale?: number | undefined;
}

/** How texts that are given for a number are read. */
export interface NumberTexts {
  /** Before the decimals, as in the data that the model was trained on; default: a point. */
  readonly decimal?: Decimal | undefined;
}

/** (value - center) / scale in double, rounded to float32. */
export function scaleNumber(value: number, { center = 0, scale = 1 }: NumberScale): number {
  return Math.fround((value - center) / scale);
}

/** Whether the value is in the range, and the graph can read it: float32 has an end. */
export function isAccepted(value: number, range: NumberRange & NumberScale): boolean {
  return isInRange(value, range) && isFloat32(value) && Number.isFinite(scaleNumber(value, range));
}

function isInRange(value: number, { min, max, whole }: NumberRange): boolean {
  return (
    Number.isFinite(value) &&
    value >= (min ?? value) &&
    value <= (max ?? value) &&
    (!whole || Number.isInteger(value))
  );
}

/** Characters of a text in errors. */
const SHOWN = 60;

/**
 * @param name Of the input, for errors.
 * @param given A number, a text that is one, or a truth value; see `toNumber`.
 * @throws InputError unless it is a number within the range.
 */
export function checkNumber(
  name: string,
  range: NumberRange & NumberScale & NumberTexts,
  given: unknown,
): number {
  const { whole, min, max, decimal } = range;
  const value = toNumber(given, decimal);
  if (value === undefined && typeof given === "string") {
    const text = given.length > SHOWN ? `${given.slice(0, SHOWN)}…` : given;
    throw new InputError(name, issueOf("notNumberText", { text, whole, decimal }));
  }
  if (value !== undefined && isAccepted(value, range)) return value;
  if (value !== undefined && isInRange(value, range)) {
    throw new InputError(name, issueOf("numberTooLarge", { value }));
  }
  throw new InputError(name, issueOf("outOfRange", { value: String(given), whole, min, max }));
}

/**
 * Makes the function that finds what may be a number in a text: the first group of the pattern, without blanks around it;
 * undefined where it finds nothing, or nothing but blanks.
 *
 * @throws PatternError if the pattern is not accepted; see `patternIssue`.
 */
export function textFinder(pattern: string): (text: unknown) => string | undefined {
  const search = createSearch(pattern);
  return (text) => {
    const found = typeof text === "string" ? search(text)?.trim() : undefined;
    // An empty text would be 0.
    return found || undefined;
  };
}
