/** Sequences of a data set: lists of numbers or of steps, `.npy` files, or text with a separator. */

import { readFileSync } from "node:fs";
import * as z from "zod";
import { separatedNumbers } from "../../../predictor/inputs/sequence.ts";
import { type CellValue, type InputData, READ } from "../../dataset/inputData.ts";
import { quote } from "../../dataset/issues.ts";
import { findFile, type NamingTable } from "../../dataset/namedFile.ts";
import type { Cell } from "../../dataset/tables/table.ts";
import { toNumber, toText, whyTooLarge } from "../../dataset/tables/values.ts";
import type { Steps } from "../../dataset/values.ts";
import { parseNpy } from "./npy.ts";

const schema = z.strictObject({
  type: z.literal("sequence"),
  ...READ,
  features: z
    .int()
    .positive()
    .optional()
    .describe("numbers in a step; default: those of the first item"),
  separator: z.string().min(1).optional().describe("between the numbers, where they are text"),
  folder: z.string().min(1).optional().describe("of .npy files; default: the table's own"),
});

/** Without the moments. */
export interface DeclaredSequence {
  readonly type: "sequence";
  readonly features?: number | undefined;
  readonly separator?: string | undefined;
}

export const sequence = {
  schema,
  column: (name, { column }) => column ?? name,
  takesBeside: ["number"],
  namesGraphInput: true,
  declare: (_, { features, separator }) => ({
    type: "sequence",
    ...(features === undefined ? {} : { features }),
    ...(separator === undefined ? {} : { separator }),
  }),
  fileName: npyName,
  read(given, input, place) {
    const { features: declared } = input;
    const { column, seen } = place;
    const read = stepsOf(given, input, place);
    if ("absent" in read) return read;
    if ("problem" in read) return { problem: `${quote(column)} ${read.problem}` };
    const features = declared ?? (seen.features as number | undefined) ?? read.steps[0]!.length;
    seen.features = features;
    // With a single feature, a list of numbers is a list of steps.
    const isSeries = features === 1 && read.steps.length === 1;
    const steps = isSeries ? read.steps[0]!.map((value) => [value]) : read.steps;
    const wrong = steps.find((step) => step.length !== features);
    if (wrong === undefined) return { value: steps };
    const why =
      declared === undefined
        ? `as in the first row that can be used; if single numbers are steps, say "features": 1`
        : "as the description says";
    return {
      problem: `${quote(column)} has a step of ${wrong.length} numbers, expected ${features}, ${why}.`,
    };
  },
} satisfies InputData<z.output<typeof schema>, DeclaredSequence>;

type Read =
  | { readonly steps: Steps }
  | { readonly problem: string }
  | (CellValue & { readonly absent: unknown });

type Reading = Pick<z.output<typeof schema>, "separator" | "folder">;

function npyName(given: Cell): string | undefined {
  return typeof given === "string" && /\.npy$/i.test(given.trim()) ? given.trim() : undefined;
}

/** @returns A sequence of at least one step, or the end of a sentence that begins with the column. */
function stepsOf(given: Cell, { separator, folder }: Reading, table: NamingTable): Read {
  if (typeof given === "object" && Array.isArray(given)) return stepsOfList(given);
  if (typeof given !== "string") {
    return typeof given === "number"
      ? { steps: [[given]] }
      : { problem: `is ${quote(toText(given))}, expected a list of numbers.` };
  }
  const name = npyName(given);
  if (name !== undefined) return stepsOfFile(name, folder, table);
  const text = given.trim();
  if (text.startsWith("[")) return stepsOfJson(text);
  if (separator === undefined) {
    return {
      problem: `is ${quote(text)}, expected a list of numbers or the name of an .npy file; say what is between numbers with "separator".`,
    };
  }
  return stepsOfList(separatedNumbers(text, separator));
}

function stepsOfJson(text: string): Read {
  try {
    return stepsOfList(JSON.parse(text) as unknown[]);
  } catch {
    return { problem: `is ${quote(text)}, which begins like a JSON list, but is not one.` };
  }
}

function stepsOfFile(name: string, folder: string | undefined, table: NamingTable): Read {
  const found = findFile(name, { folder }, table);
  if ("absent" in found) return found;
  try {
    return { steps: parseNpy(readFileSync(found.path)) };
  } catch (error) {
    return { problem: `names ${name}, which cannot be read: ${(error as Error).message}.` };
  }
}

/** Steps, or the numbers of one. */
function stepsOfList(list: readonly unknown[]): Read {
  if (list.length === 0) return { problem: "is an empty list, expected numbers." };
  const rows = list.some(Array.isArray) ? list : [list];
  const steps: number[][] = [];
  for (const [i, row] of rows.entries()) {
    if (!Array.isArray(row)) {
      return { problem: `has a number among lists at step ${i + 1}; expected lists alone.` };
    }
    const step = row.map((cell) => toNumber(cell as Cell) ?? Number.NaN);
    const bad = step.findIndex(Number.isNaN);
    if (bad >= 0) {
      const text = toText(row[bad] as Cell);
      const why = whyTooLarge(text);
      return {
        problem: `has ${quote(text)} at step ${i + 1}, expected a finite number${why === undefined ? "" : `; ${why}`}.`,
      };
    }
    if (step.length === 0 || step.length !== (steps[0]?.length ?? step.length)) {
      return {
        problem: `has ${step.length} numbers at step ${i + 1}, and ${steps[0]?.length ?? "none"} at the first.`,
      };
    }
    steps.push(step);
  }
  return { steps };
}
