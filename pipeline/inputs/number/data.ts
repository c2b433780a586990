/** Numbers of a data set: a column of their own, or found in a text. */

import { closest } from "fastest-levenshtein";
import * as z from "zod";
import type { NumberSpec } from "../../../predictor/inputs/number.ts";
import { patternIssue } from "../../../predictor/pattern/search.ts";
import { textFinder } from "../../../predictor/preprocess/number.ts";
import { describeOutside, rangeFields, rangeIssues } from "../../dataset/declaredRange.ts";
import {
  type DescriptionIssue,
  GROUPED,
  type InputData,
  type InputTypes,
  READ,
} from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import type { Cell } from "../../dataset/tables/table.ts";
import { describeBadNumber, toNumber, toText } from "../../dataset/tables/values.ts";

const schema = z.strictObject({
  type: z.literal("number"),
  ...READ,
  from: z.string().min(1).optional().describe("text input that the number is taken from"),
  pattern: z
    .string()
    .min(1)
    .optional()
    .describe("regular expression that finds the number in a text: its first group is the number"),
  decimal: z
    .enum([".", ","])
    .optional()
    .describe(
      'before the decimals of numbers that are texts; with a comma, points may group digits, as in "1.234,5"; default: a point',
    ),
  ...rangeFields("number"),
  whole: z.boolean().optional().describe("whether whole numbers alone are accepted"),
  ...GROUPED,
});
type Input = z.output<typeof schema>;

/** Without what is fitted. */
export type DeclaredNumber = Omit<NumberSpec, "center" | "scale">;

export const number = {
  schema,
  column: (name, { column, from }) => (from === undefined ? (column ?? name) : undefined),
  namesGraphInput: true,
  issues: (name, input, inputs) => [...checkRange(name, input), ...checkFrom(name, input, inputs)],
  declare: (_, input) => (input.from === undefined ? declareOwn(input) : declareFound(input)),
  read(given, input, { column, seen }) {
    const text = input.pattern === undefined ? given : findIn(given, input.pattern, seen);
    // As in a text: where nothing is found, there is no number.
    if (text === undefined) return { value: undefined };
    const { decimal = "." } = input;
    const value = toNumber(text, decimal);
    if (value === undefined) return { problem: describeBadNumber(column, toText(text), decimal) };
    const outside = describeOutside(column, value, input);
    if (outside !== undefined) return { problem: outside };
    if (input.whole && !Number.isInteger(value)) {
      return { problem: `${quote(column)} is ${value}, expected a whole number.` };
    }
    return { value };
  },
} satisfies InputData<Input, DeclaredNumber>;

/** @param seen Keeps the pattern's search from cell to cell. */
function findIn(given: Cell, pattern: string, seen: Record<string, unknown>): string | undefined {
  seen.find ??= textFinder(pattern);
  return (seen.find as ReturnType<typeof textFinder>)(toText(given));
}

function declareOwn(input: Input): DeclaredNumber {
  const { min, max, whole = false, pattern, decimal, group } = input;
  return {
    type: "number",
    ...(group === undefined ? {} : { group }),
    ...(min === undefined ? {} : { min }),
    ...(max === undefined ? {} : { max }),
    whole,
    ...(pattern === undefined ? {} : { pattern }),
    ...(decimal === "," ? { decimal } : {}),
  };
}

/** Beside the text that they are found in, see `withTexts`; towers of texts read release years. */
function declareFound({ from, pattern, group }: Input): DeclaredNumber {
  return {
    type: "number",
    group: group ?? from!,
    min: 1000,
    max: 2999,
    whole: true,
    from: { input: from!, pattern: pattern! },
  };
}

function checkRange(name: string, { min, max, from, decimal }: Input): DescriptionIssue[] {
  const path = ["inputs", name];
  if (from !== undefined && decimal !== undefined) {
    return [
      { path: [...path, "decimal"], message: ' does not go with "from": such numbers are years' },
    ];
  }
  if (from !== undefined) {
    const given = min === undefined ? "max" : "min";
    return min === undefined && max === undefined
      ? []
      : [
          {
            path: [...path, given],
            message: ' cannot be combined with "from": such numbers are years',
          },
        ];
  }
  return rangeIssues(path, { min, max });
}

function checkFrom(
  name: string,
  { from, pattern, column }: Input,
  inputs: InputTypes,
): DescriptionIssue[] {
  const path = ["inputs", name];
  if (from === undefined) return pattern === undefined ? [] : checkPattern(path, pattern);
  const issues: DescriptionIssue[] = [];
  if (column !== undefined) {
    issues.push({
      path,
      message: ' has "from" and "column"; it can be read from one of them only',
    });
  }
  const texts = Object.keys(inputs).filter((other) => inputs[other]!.type === "text");
  if (!texts.includes(from)) {
    const hint =
      texts.length > 0
        ? `did you mean "${closest(from, texts)}"?`
        : "there is no text input at all";
    issues.push({
      path: [...path, "from"],
      message: ` is "${from}", which is not a text input; ${hint}`,
    });
  }
  if (pattern === undefined) {
    issues.push({
      path,
      message: ' has "from" without "pattern", e.g. "\\\\((\\\\d{4})\\\\)$" for a year in brackets',
    });
  } else issues.push(...checkPattern(path, pattern));
  return issues;
}

function checkPattern(path: readonly string[], pattern: string): DescriptionIssue[] {
  const slow = patternIssue(pattern);
  const problem =
    groupsOf(pattern) < 1
      ? "expected a regular expression with a group in brackets"
      : slow && `which ${slow}: a long text could hold up a server; rewrite it`;
  return problem === undefined
    ? []
    : [{ path: [...path, "pattern"], message: ` is "${pattern}", ${problem}` }];
}

/** Number of groups of a regular expression; -1 if it is none. */
function groupsOf(pattern: string): number {
  try {
    return new RegExp(`${pattern}|`, "u").exec("")!.length - 1;
  } catch {
    return -1;
  }
}
