/** The range that a description declares for numbers: those outside are left out, in training and in predictions. */

import * as z from "zod";
import type { DescriptionIssue } from "./inputData.ts";
import { quote } from "./issues.ts";

export interface DeclaredRange {
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** @param thing Such as "number". */
export const rangeFields = (thing: string) => ({
  min: z.number().optional().describe(`smallest ${thing} accepted; default: any`),
  max: z.number().optional().describe(`largest ${thing} accepted; default: any`),
});

/** @param path Of the input in the description. */
export function rangeIssues(
  path: readonly PropertyKey[],
  { min, max }: DeclaredRange,
): DescriptionIssue[] {
  if (min === undefined || max === undefined || min < max) return [];
  return [{ path: [...path, "min"], message: ` is ${min}, expected less than max, ${max}` }];
}

/** Why a column's number is left out, as a sentence; undefined within the range. */
export function describeOutside(
  column: string,
  value: number,
  range: DeclaredRange,
): string | undefined {
  const { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY } = range;
  if (value >= min && value <= max) return undefined;
  return `${quote(column)} is ${value}, expected ${inWords(range)}; correct it, or widen the range.`;
}

function inWords({ min, max }: DeclaredRange): string {
  if (min === undefined) return `at most ${max}`;
  return max === undefined ? `at least ${min}` : `${min} to ${max}`;
}
