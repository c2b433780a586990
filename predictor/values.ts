/** How values are read, by the same rules wherever they come from: tables, requests, forms and the command line. */

import type { CommonSpec } from "./inputs/inputType.ts";

/**
 * Whether there is no value: absent, null, blank, an empty list, an object of nothing, or one of the texts that mean it. A
 * number is compared as its text: where tables have -999, JSON may have the number.
 *
 * @param missing Texts that mean "no value".
 */
export function isMissing(value: unknown, missing: ReadonlySet<string>): boolean {
  if (value === undefined || value === null) return true;
  if (Array.isArray(value)) return value.length === 0;
  if (ArrayBuffer.isView(value)) return false;
  if (typeof value === "object") {
    return Object.values(value).every((part) => part === undefined);
  }
  if (typeof value !== "string") return missing.size > 0 && missing.has(String(value));
  return value.trim() === "" || missing.has(value.trim());
}

const NOTHING: ReadonlySet<string> = new Set();
const sets = new WeakMap<readonly string[], ReadonlySet<string>>();

/** The texts that mean "no value" of an input. */
export function missingTexts({ missing }: Pick<CommonSpec, "missing">): ReadonlySet<string> {
  if (missing === undefined) return NOTHING;
  const known = sets.get(missing) ?? new Set(missing);
  sets.set(missing, known);
  return known;
}

/** Whether the value of an input is none, as in the data that the model was trained on. */
export function isNoValue(value: unknown, spec: Pick<CommonSpec, "missing">): boolean {
  return isMissing(value, missingTexts(spec));
}

/** Whether a value is text, a finite number, true or false. */
export function isScalar(value: unknown): value is string | number | boolean {
  return typeof value === "string" || typeof value === "boolean" || Number.isFinite(value);
}

/** Whether a value is a whole number so large that others are read as the same, of JSON that has more digits. */
export function losesDigits(value: unknown): boolean {
  return Number.isInteger(value) && !Number.isSafeInteger(value);
}

/** The character before the decimals of numbers in texts. */
export type Decimal = "." | ",";

/** Before the comma, digits alone, or in groups of three with points or spaces between them. */
const WITH_COMMA = /^[+-]?((\d+|\d{1,3}([.\s]\d{3})+)(,\d*)?|,\d+)(e[+-]?\d+)?$/i;
/** What may have a comma between groups of three digits as well. */
const THOUSANDS = /^[+-]?\d{1,3},\d{3}$/;

/** Whether a value is a number with a decimal comma, and cannot be one with a comma between thousands. */
export function hasDecimalComma(value: unknown): boolean {
  if (typeof value !== "string" || !value.includes(",")) return false;
  const text = value.trim();
  return WITH_COMMA.test(text) && !THOUSANDS.test(text);
}

/** Digits in groups of three with commas between them, and decimals after a point. */
const GROUPED = /^[+-]?\d{1,3}(,\d{3})+(\.\d*)?$/;

/**
 * The text without the commas between its thousands, if it is a number that has some: such numbers are not read, because
 * the comma of "1,234" may also be before decimals.
 */
export function withoutThousands(value: unknown): string | undefined {
  if (typeof value !== "string" || !GROUPED.test(value.trim())) return undefined;
  return value.trim().replaceAll(",", "");
}

/** A finite number, in text in decimal notation; a truth value is 0 or 1. Undefined where it is none. */
export function toNumber(value: unknown, decimal: Decimal = "."): number | undefined {
  if (typeof value === "number") return Number.isFinite(value) ? value : undefined;
  if (typeof value === "boolean") return Number(value);
  if (typeof value !== "string") return undefined;
  if (decimal === ",") {
    const text = value.trim();
    return WITH_COMMA.test(text) ? Number(text.replace(/[.\s]/g, "").replace(",", ".")) : undefined;
  }
  // `Number` would also take "0x10", "" and "Infinity". No digit can match in two ways: strangers send long texts.
  return /^\s*[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?\s*$/i.test(value) ? Number(value) : undefined;
}

/** The text that `toNumber` reads as the number. */
export function numberText(value: number, decimal: Decimal = "."): string {
  return String(value).replace(".", decimal);
}

/** Whether float32, in which graphs compute, holds the number. */
export function isFloat32(value: number): boolean {
  return Number.isFinite(Math.fround(value));
}

/** A value as text; lists and objects as JSON. */
export function toText(value: unknown): string {
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value ?? "");
}

/** Characters of a text that may be a list: strangers send long ones. */
const MAX_LIST = 1 << 20;
/** A text in a list as Python writes it, with what follows: each character can match in one way only. */
const PYTHON_TEXT = /\s*(?:'((?:[^'\\]|\\['"\\])*)'|"((?:[^"\\]|\\['"\\])*)")\s*(,|\]$)/y;

/**
 * The list that a text is, as tables of text have several values in a cell: in JSON, or of texts in the quotes of Python.
 *
 * @returns Undefined for what is no such text, and where objects or lists are in it, which are no values.
 */
export function listIn(value: unknown): readonly unknown[] | undefined {
  const list = arrayIn(value);
  return list?.some((item) => typeof item === "object" && item !== null) ? undefined : list;
}

/** The same, whatever is in the list. */
export function arrayIn(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== "string" || value.length > MAX_LIST) return undefined;
  const text = value.trim();
  if (!text.startsWith("[") || !text.endsWith("]")) return undefined;
  try {
    return JSON.parse(text) as unknown[];
  } catch {
    return pythonList(text);
  }
}

function pythonList(text: string): string[] | undefined {
  const items: string[] = [];
  PYTHON_TEXT.lastIndex = 1;
  for (let end = ""; end !== "]"; ) {
    const found = PYTHON_TEXT.exec(text);
    if (!found) return undefined;
    items.push((found[1] ?? found[2]!).replace(/\\(.)/gs, "$1"));
    end = found[3]!;
  }
  return items;
}

/**
 * The items of a list, also in a text (see `listIn`), or of text with a separator between them; trimmed, without repeats
 * and those that are missing.
 */
export function toList(
  value: unknown,
  separator: string | undefined,
  missing: ReadonlySet<string>,
): string[] {
  if (isMissing(value, missing)) return [];
  const list = Array.isArray(value) ? value : listIn(value);
  const parts = list
    ? list.filter((item) => item !== null && item !== undefined).map(toText)
    : separator === undefined
      ? [toText(value)]
      : toText(value).split(separator);
  return [...new Set(parts.map((part) => part.trim()))].filter(
    (part) => part !== "" && !missing.has(part),
  );
}
