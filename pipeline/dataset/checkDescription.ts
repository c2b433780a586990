/** What a description's parts must not be to one another: the rules that no single value breaks. */

import { closest } from "fastest-levenshtein";
import { patternIssue } from "../../predictor/pattern/search.ts";
import { RESERVED_NAMES } from "../../predictor/reservedNames.ts";
import { columnOf, type Description } from "./description.ts";

/** Something wrong, and where in the description. */
export interface DescriptionIssue {
  readonly path: readonly PropertyKey[];
  /** Continues a sentence that begins with the path, e.g. ": expected ..." or " must ...". */
  readonly message: string;
}

/** @returns Everything in the description that does not go together. */
export function checkDescription(description: Description): DescriptionIssue[] {
  return [...checkInputs(description), ...checkSplit(description.split)];
}

const RESERVED =
  ' has a name that requests use for something else; take another, and name the column with "column"';

function checkInputs({ inputs, target, split }: Description): DescriptionIssue[] {
  const names = Object.keys(inputs);
  if (names.length === 0)
    return [{ path: ["inputs"], message: " has no input; name at least one" }];
  return names.flatMap((name) => {
    const input = inputs[name]!;
    const path = ["inputs", name];
    const column = columnOf(name, input);
    const issues: DescriptionIssue[] = [];
    if (RESERVED_NAMES.includes(name)) issues.push({ path, message: RESERVED });
    if (column === target.column) {
      issues.push({
        path,
        message: ` reads the column ${JSON.stringify(column)}, which is the target: a model would be given what it is to predict`,
      });
    }
    if (column !== undefined && column === split.column) {
      issues.push({
        path,
        message: ` reads the column ${JSON.stringify(column)}, which is the split`,
      });
    }
    if (input.type === "number") issues.push(...checkDerived(name, input, inputs));
    return issues;
  });
}

function checkDerived(
  name: string,
  { from, pattern, column }: Description["inputs"][string] & { type: "number" },
  inputs: Description["inputs"],
): DescriptionIssue[] {
  const path = ["inputs", name];
  if (from === undefined) {
    return pattern === undefined
      ? []
      : [{ path: [...path, "pattern"], message: ' needs "from", the text input that it is for' }];
  }
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
      message: ` is "${from}", which is no text input; ${hint}`,
    });
  }
  if (pattern === undefined) {
    issues.push({
      path,
      message: ' has "from" without "pattern", e.g. "\\\\((\\\\d{4})\\\\)$" for a year in brackets',
    });
  } else if (groupsOf(pattern) < 1) {
    issues.push({
      path: [...path, "pattern"],
      message: ` is "${pattern}", expected a regular expression with a group in brackets`,
    });
  } else if (patternIssue(pattern) !== undefined) {
    issues.push({
      path: [...path, "pattern"],
      message: ` is "${pattern}", which ${patternIssue(pattern)}: a long text could hold up a server; write it otherwise`,
    });
  }
  return issues;
}

/** Number of groups of a regular expression; -1 if it is none. */
function groupsOf(pattern: string): number {
  try {
    return new RegExp(`${pattern}|`, "u").exec("")!.length - 1;
  } catch {
    return -1;
  }
}

function checkSplit(split: Description["split"]): DescriptionIssue[] {
  const { column, test, validation, group, seed } = split;
  const drawn = typeof test === "number";
  const issues: DescriptionIssue[] = [];
  const add = (key: string, message: string) => issues.push({ path: ["split", key], message });
  if (column === undefined && test === undefined) {
    issues.push({
      path: ["split"],
      message: ' needs "column", or "test" with a share such as 0.2 or with a table',
    });
  }
  if (column !== undefined && test !== undefined) {
    add("test", ' does not go with "column", which says already which items are for testing');
  }
  if (validation !== undefined && (test === undefined || drawn)) {
    add("validation", ' goes with a table as "test" only');
  }
  if (group !== undefined && !drawn) add("group", ' goes with a share as "test" only');
  if (seed !== undefined && !drawn) add("seed", ' goes with a share as "test" only');
  return issues;
}
