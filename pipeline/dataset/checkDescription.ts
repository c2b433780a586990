/** What a description's parts must not be to one another: the rules that no single value breaks. */

import { RESERVED_NAMES } from "../../predictor/reservedNames.ts";
import { inputDataOf } from "../inputs/data.ts";
import { columnOf, type Description } from "./description.ts";
import type { DescriptionIssue } from "./inputData.ts";

/** @returns Everything in the description that does not go together. */
export function checkDescription(description: Description): DescriptionIssue[] {
  return [...checkInputs(description), ...checkSplit(description.split)];
}

const RESERVED =
  ' has a name that requests use for something else; choose another, and name the column with "column"';

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
        message: ` reads the column ${JSON.stringify(column)}, which is the target: the model would be given what it has to predict`,
      });
    }
    if (column !== undefined && column === split.column) {
      issues.push({
        path,
        message: ` reads the column ${JSON.stringify(column)}, which is the split`,
      });
    }
    issues.push(...(inputDataOf(input).issues?.(name, input, inputs) ?? []));
    return issues;
  });
}

function checkSplit(split: Description["split"]): DescriptionIssue[] {
  const { column, test, validation, seed } = split;
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
    add(
      "test",
      ' cannot be combined with "column", which already says which items are for testing',
    );
  }
  if (validation !== undefined && (test === undefined || drawn)) {
    add("validation", ' needs a table as "test"');
  }
  if (seed !== undefined && !drawn) add("seed", ' needs a share as "test"');
  return issues;
}
