/** Numbers, given by themselves or found in a text. */

import * as z from "zod";
import { patternIssue } from "../pattern/search.ts";
import {
  checkNumber,
  isAccepted,
  type NumberRange,
  type NumberScale,
  type NumberTexts,
  scaleNumber,
  textFinder,
} from "../preprocess/number.ts";
import { isNoValue, isScalar, toNumber, toText } from "../values.ts";
import { COMMON, type CommonSpec, type InputType, type Item } from "./inputType.ts";

/** Numbers outside the range are refused, as are those that float32 does not hold. */
export interface NumberSpec extends NumberRange, NumberScale, NumberTexts, CommonSpec {
  readonly type: "number";
  /** Finds the number in text that is given for it: the first group of a regular expression. Default: the text is one. */
  readonly pattern?: string | undefined;
  /** Where an item has no number of its own: a text in which the first group of a regular expression may find one. */
  readonly from?: { readonly input: string; readonly pattern: string } | undefined;
}

/** undefined where there is none. */
export type NumberFeatures = number | undefined;

const pattern = z.string().superRefine((pattern, context) => {
  const message = patternIssue(pattern);
  if (message !== undefined) context.addIssue({ code: "custom", message });
});

/**
 * Graph input `NAME` float32 [n, 1], scaled, 0 where there is none; and where a number may become 0 itself, `has_NAME`
 * float32 [n, 1].
 */
export const number = {
  spec: z
    .strictObject({
      type: z.literal("number"),
      ...COMMON,
      min: z.number().optional(),
      max: z.number().optional(),
      whole: z.boolean(),
      center: z.number().optional(),
      scale: z.number().positive().optional(),
      pattern: pattern.optional(),
      decimal: z.enum([".", ","]).optional(),
      from: z
        .strictObject({
          input: z.string(),
          pattern,
        })
        .optional(),
    })
    .refine(({ min, max }) => min === undefined || max === undefined || min <= max, {
      error: "must not be more than max",
      path: ["min"],
    }),

  misfits({ from }, inputs) {
    if (!from || inputs[from.input]?.type === "text") return [];
    return [{ path: ["from", "input"], message: `must name a text, got "${from.input}"` }];
  },

  encoder(name, spec) {
    const find = spec.from && finder(spec.from, spec);
    return (item) => readNumber(name, spec, item[name]) ?? find?.(item);
  },

  absent: () => undefined,

  isPresent: (value) => value !== undefined,

  tensorNames: (name, spec) => (hasFlag(spec) ? [name, `has_${name}`] : [name]),

  collate(name, spec, rows) {
    const dims = [rows.length, 1];
    const data = Float32Array.from(rows, (value) =>
      value === undefined ? 0 : scaleNumber(value, spec),
    );
    const known = Float32Array.from(rows, (value) => (value === undefined ? 0 : 1));
    return {
      [name]: { type: "float32", dims, data },
      ...(hasFlag(spec) ? { [`has_${name}`]: { type: "float32", dims, data: known } } : {}),
    };
  },
} satisfies InputType<NumberSpec, NumberFeatures>;

/** Patterns' searches by their specs: requests are checked before they are encoded. */
const searches = new WeakMap<NumberSpec, ReturnType<typeof textFinder>>();

/**
 * The number that is given for an input, as training reads a cell: text by the pattern, if there is one, so that text in
 * which it finds nothing is none. A number is itself: what the pattern would have found.
 *
 * @throws InputError unless it is a number within the range.
 */
export function readNumber(name: string, spec: NumberSpec, given: unknown): NumberFeatures {
  if (isNoValue(given, spec)) return undefined;
  if (spec.pattern === undefined || !isScalar(given) || typeof given === "number") {
    return checkNumber(name, spec, given);
  }
  const find = searches.get(spec) ?? textFinder(spec.pattern);
  searches.set(spec, find);
  const found = find(toText(given));
  return found === undefined ? undefined : checkNumber(name, spec, found);
}

/** Whether a missing number needs a flag, because the graph may get 0 for one that is there. */
function hasFlag({ min, max, ...how }: NumberSpec): boolean {
  return (
    (min === undefined || scaleNumber(min, how) <= 0) &&
    (max === undefined || scaleNumber(max, how) >= 0)
  );
}

/** Finds a number in a text; one that is not accepted is none. */
function finder(
  { input, pattern }: NonNullable<NumberSpec["from"]>,
  spec: NumberSpec,
): (item: Item) => NumberFeatures {
  const find = textFinder(pattern);
  return (item) => {
    // The text's own encoder reads it so, too: the texts that mean "no value" are those of the whole data set.
    const found = isNoValue(item[input], spec) ? undefined : find(toText(item[input]));
    if (found === undefined) return undefined;
    const value = toNumber(found);
    return value !== undefined && isAccepted(value, spec) ? value : undefined;
  };
}
