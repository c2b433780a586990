/** Data that someone points at -> a description of it and a report. */

import { join } from "node:path";
import { quoteArgument } from "../../../node/shell.ts";
import { InputError } from "../../../predictor/errors.ts";
import { columnOf, type Description } from "../description.ts";
import { createIssueList, type IssueList, quote } from "../issues.ts";
import { parseDescription } from "../parseDescription.ts";
import { openTable } from "../tables/open.ts";
import { examine } from "./examine.ts";
import type { ColumnRole } from "./guess.ts";
import { type ColumnProfile, profileTable } from "./profile.ts";
import { renderIssues, renderReport } from "./report.ts";
import { findSource, type Source } from "./source.ts";

export interface DescribedData {
  readonly report: string;
  /** What cannot be used, by file and line; undefined where there is nothing. */
  readonly issues: string | undefined;
  /** The description, as given or as it would be written. */
  readonly text: string;
  /** Whether the description was there before. */
  readonly given: boolean;
  /** Folder that its paths are relative to. */
  readonly root: string;
}

/**
 * Guesses a description where none is given, checks it against the tables, and reports what is to be looked at.
 *
 * @param path A table, a folder, or a description.
 * @param target Column to predict; where a description or a layout says it, it must be that one.
 * @throws InputError if data cannot be read, or if another target is said, OptionsError if a description is wrong.
 */
export async function describeData(path: string, target?: string): Promise<DescribedData> {
  const looking = createIssueList();
  const source = await findSource(path, target, looking);
  const description = parseDescription(source.text, source.file);
  if (target !== undefined) checkTarget(target, description, source);
  const issues = createIssueList();
  const examination = await examine(description, source.root, issues);
  const profiles = source.profiles ?? (await profileItems(description, source.root));
  const roles = source.roles.length > 0 ? source.roles : rolesOf(description);
  const report = renderReport({
    ...{ description, origin: source.origin, profiles, roles, examination },
  });
  return {
    report,
    issues: renderIssues(issues),
    text: source.text,
    given: source.given,
    root: source.root,
  };
}

/** @throws InputError where something else is predicted: what a description or a layout says is not guessed. */
function checkTarget(
  named: string,
  { target, items }: Description,
  { given, file, origin, root }: Source,
): void {
  if (target.column === named) return;
  const who = given ? file : `${origin},`;
  const change = given ? `change "target" in ${file}, or name` : "name";
  const table = typeof items === "string" ? quoteArgument(join(root, items)) : "its table";
  throw new InputError(
    "target",
    `is ${quote(named)}, but ${who} predicts ${quote(target.column)}; ${change} the table itself to have it guessed anew: npm run describe -- ${table} --target ${quoteArgument(named)}`,
  );
}

/** Issues of these tables are found by the examination, too. */
async function profileItems(description: Description, root: string): Promise<ColumnProfile[]> {
  const silent: IssueList = createIssueList();
  return profileTable(await openTable(description.items, root, silent));
}

function rolesOf({ id, inputs, target, split }: Description): ColumnRole[] {
  const roles = Object.entries(inputs).flatMap(([name, input]) => {
    const column = columnOf(name, input);
    return column === undefined ? [] : [{ column, role: input.type, reason: "" }];
  });
  const others = { id, split: split.column, target: target.column };
  return [
    ...Object.entries(others).flatMap(([role, column]) =>
      column === undefined ? [] : [{ column, role, reason: "" }],
    ),
    ...roles,
  ];
}
