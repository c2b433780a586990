/** Categories: one or several values of a list that training knows. */

import * as z from "zod";
import { InputError } from "../errors.ts";
import { issueOf } from "../issues.ts";
import { isNoValue, isScalar, listIn, losesDigits, missingTexts, toList } from "../values.ts";
import { COMMON, type CommonSpec, type InputType } from "./inputType.ts";

export interface CategorySpec extends CommonSpec {
  readonly type: "category";
  /** That the model knows, without blanks around them. */
  readonly values: readonly string[];
  /** Most values of an item. */
  readonly maxValues: number;
  /** Between the values in a text; undefined: a text is one value. */
  readonly separator?: string | undefined;
}

export interface CategoryFeatures {
  /** int32 [maxValues]: each value's row, in the order given; then padding. */
  readonly rows: Int32Array;
  /** The values that the model does not know, in the order given. */
  readonly unknown: readonly string[];
}

/** Place without a value. */
export const NO_VALUE_ROW = 0;
/** Row shared by all values that the model does not know. */
export const UNKNOWN_VALUE_ROW = 1;
export const FIRST_VALUE_ROW = 2;
/** Shared by the features of all items without unknown values: a data set has many. */
const NONE: readonly string[] = [];

/** Graph input `NAME` int32 [n, maxValues]. */
export const category = {
  spec: z.strictObject({
    type: z.literal("category"),
    ...COMMON,
    values: z
      .array(
        z.string().refine((value) => value !== "" && value === value.trim(), {
          error: "must be text without blanks around it",
        }),
      )
      .refine((values) => new Set(values).size === values.length, {
        error: "must not name one twice",
      }),
    maxValues: z.int().positive(),
    separator: z.string().min(1).optional(),
  }),

  encoder(name, spec) {
    const rows = new Map(spec.values.map((value, i) => [value, i + FIRST_VALUE_ROW]));
    return (item) => {
      const values = categoryValues(name, spec, item[name]);
      const features = new Int32Array(spec.maxValues);
      for (const [i, value] of values.entries()) {
        features[i] = rows.get(value) ?? UNKNOWN_VALUE_ROW;
      }
      const unknown = values.filter((value) => !rows.has(value));
      return { rows: features, unknown: unknown.length > 0 ? unknown : NONE };
    };
  },

  absent: ({ maxValues }) => ({ rows: new Int32Array(maxValues), unknown: NONE }),

  isPresent: ({ rows }) => rows[0] !== NO_VALUE_ROW,

  unknownShare: ({ rows, unknown }) =>
    unknown.length / rows.filter((row) => row !== NO_VALUE_ROW).length,

  unknownValues: ({ unknown }) => unknown,

  tensorNames: (name) => [name],

  collate(name, { maxValues }, rows) {
    const data = new Int32Array(rows.length * maxValues);
    for (const [i, item] of rows.entries()) data.set(item.rows, i * maxValues);
    return { [name]: { type: "int32", dims: [rows.length, maxValues], data } };
  },

  tableRows: (name, { values }) => ({ [name]: FIRST_VALUE_ROW + values.length }),

  summary: ({ values, ...rest }) => ({ ...rest, values: values.length }),
} satisfies InputType<CategorySpec, CategoryFeatures>;

/**
 * The distinct values of an input, in the order given: trimmed, without empty and missing ones.
 *
 * @param given Text, a number or a boolean, which are taken as text, or a list of them; text that is
 * a list (see `listIn`), or has the separator between values, where there is one. undefined: none.
 * @throws InputError naming what is not a value, or if there are too many.
 */
export function categoryValues(
  name: string,
  spec: Pick<CategorySpec, "maxValues" | "missing" | "separator"> &
    Partial<Pick<CategorySpec, "values">>,
  given: unknown,
): string[] {
  if (isNoValue(given, spec)) return [];
  const { maxValues } = spec;
  const most = mostEntries(spec);
  const raw = partsOf(given, spec);
  if (Array.isArray(raw) && raw.length > most) {
    throw new InputError(name, issueOf("moreValues", { most }));
  }
  if (Array.isArray(raw)) {
    for (const [i, value] of raw.entries()) checkValue(`${name}[${i}]`, value);
  } else checkValue(name, raw);
  const values = toList([raw].flat(), undefined, missingTexts(spec));
  if (values.length > maxValues) {
    throw new InputError(name, issueOf("tooManyValues", { count: values.length, most: maxValues }));
  }
  return values;
}

/** The values in a text, unchecked, which is one where it is no list and has no separator; anything else as it is. */
export function partsOf(
  given: unknown,
  {
    separator,
    maxValues,
    values,
  }: Pick<CategorySpec, "maxValues" | "separator"> & Partial<Pick<CategorySpec, "values">>,
): unknown {
  // Bundles of before have texts in brackets that were one value.
  const text = typeof given === "string" ? given.trim() : "";
  if (text.startsWith("[") && values?.includes(text)) return given;
  const list = listIn(given);
  if (list !== undefined || typeof given !== "string" || separator === undefined)
    return list ?? given;
  // One more than are accepted, so that they are refused.
  return given.split(separator, mostEntries({ maxValues }) + 1);
}

/** Values that a list may have, blank and repeated ones included: more are refused without being looked at. */
export function mostEntries({ maxValues }: Pick<CategorySpec, "maxValues">): number {
  return Math.max(1000, 100 * maxValues);
}

/** @throws InputError naming what is no value, or is not whole; null among others is none, and passed over. */
function checkValue(field: string, value: unknown): void {
  if (losesDigits(value)) throw new InputError(field, issueOf("lostDigits"));
  if (value === null || isScalar(value)) return;
  throw new InputError(field, issueOf("notValue"));
}
