/** Numbers as people paste them: JSON, or a step per line. */

import { InputError } from "../../../predictor/errors.ts";
import { issueOf } from "../../../predictor/issues.ts";

/** Between the numbers of a line: blanks, a comma, a semicolon. */
const SEPARATOR = /\s*[,;]\s*|\s+/;

/**
 * @param features Numbers of a step. Where it is one, every number is a step, however they are spread over lines.
 * @returns Steps, or what JSON has in their place, which the predictor checks; empty for a text without a number.
 * @throws InputError naming the input, with the line.
 */
export function parseSteps(text: string, features: number, name: string): unknown {
  const trimmed = text.trim();
  if (trimmed === "") return [];
  if (trimmed.startsWith("[")) return parseJson(trimmed, name);
  const lines = trimmed.split(/\r?\n/).map((line) => line.trim());
  const rows = lines.flatMap((line, i) => {
    const cells = line.split(SEPARATOR).filter((cell) => cell !== "");
    // The first line of a table may name its columns.
    if (i === 0 && lines.length > 1 && cells.every((cell) => Number.isNaN(Number(cell)))) return [];
    return cells.length > 0 ? [cells.map((cell) => readCell(cell, i + 1, name))] : [];
  });
  return features === 1 ? rows.flat().map((value) => [value]) : rows;
}

function parseJson(text: string, name: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new InputError(name, issueOf("notJson", { reason: (error as Error).message }));
  }
}

function readCell(cell: string, line: number, name: string): number {
  const value = Number(cell);
  if (Number.isFinite(value)) return value;
  throw new InputError(name, issueOf("notNumberInLine", { text: cell.slice(0, 40), line }));
}

/** A line per step, for the form. */
export function writeSteps(steps: readonly (number | readonly number[])[]): string {
  return steps.map((step) => (Array.isArray(step) ? step.join(", ") : String(step))).join("\n");
}
