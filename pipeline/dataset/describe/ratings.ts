/** Ratings in a table of their own: how many there are, and whether they are of items and users that are known. */

import { describeOutside } from "../declaredRange.ts";
import type { Description, Input } from "../description.ts";
import type { IssueList } from "../issues.ts";
import { checkColumns, openTable } from "../tables/open.ts";
import { describeLostDigits, isMissing, numbersOf, toText } from "../tables/values.ts";
import { openUsers } from "../users.ts";

/** Users that are counted. */
const MAX_USERS = 5_000_000;

export interface RatingsReport {
  readonly input: string;
  readonly rows: number;
  readonly users: number;
  /** Items of the data set that have a rating. */
  readonly items: number;
  readonly allItems: number;
  /** Ratings of items that the data set does not have; undefined where items have no id. */
  readonly unknown: number | undefined;
  /** An id of an item as the ratings have it, and one as the items have it, where no rating is of an item. */
  readonly differ: readonly [rated: string, known: string] | undefined;
  /** Ratings that are no number, or outside of the declared range. */
  readonly unusable: number;
  /** Undefined where no rating is a number. */
  readonly range: { readonly min: number; readonly max: number } | undefined;
}

/** @param known Ids of the items; empty where they have none. */
export async function examineRatings(
  { inputs, missing }: Description,
  root: string,
  issues: IssueList,
  known: ReadonlySet<string>,
): Promise<RatingsReport[]> {
  const reports: RatingsReport[] = [];
  for (const [name, input] of Object.entries(inputs)) {
    if (input.type !== "ratings") continue;
    if (input.users) await openUsers(input.users, `inputs.${name}.users`, root, issues);
    const context = { root, issues, known, missing: new Set(missing) };
    reports.push(await examineTable(name, input, context));
  }
  return reports;
}

interface Context {
  readonly root: string;
  readonly issues: IssueList;
  readonly known: ReadonlySet<string>;
  readonly missing: ReadonlySet<string>;
}

async function examineTable(
  name: string,
  { table: spec, item, user, value, ...range }: Input & { type: "ratings" },
  { root, issues, known, missing }: Context,
): Promise<RatingsReport> {
  const table = await openTable(spec, root, issues);
  const named = { item, user, value };
  const wanted = new Map(
    Object.entries(named).map(([key, column]) => [column, `inputs.${name}.${key}`] as const),
  );
  checkColumns(table, wanted, `inputs.${name}`);
  const users = new Set<string>();
  const items = new Set<string>();
  let [rows, unknown, unusable] = [0, 0, 0];
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  let first: string | undefined;
  for await (const batch of table.read([item, user, value])) {
    rows += batch.rows;
    for (const [row, number] of numbersOf(batch, value, missing, issues).entries()) {
      if (number < min) min = number;
      if (number > max) max = number;
      const outside = Number.isNaN(number) ? undefined : describeOutside(value, number, range);
      if (Number.isNaN(number) || outside !== undefined) unusable++;
      if (outside !== undefined) issues.add(batch.file, batch.lines[row], () => outside);
    }
    for (const column of [item, user]) {
      for (const [row, cell] of batch.columns.get(column)!.entries()) {
        const lost = describeLostDigits(column, cell);
        if (lost !== undefined) issues.add(batch.file, batch.lines[row], () => lost);
      }
    }
    for (const cell of batch.columns.get(item)!) {
      const id = toText(cell);
      if (known.has(id)) items.add(id);
      else unknown++;
      first ??= id;
    }
    for (const cell of batch.columns.get(user)!) {
      if (users.size < MAX_USERS && !isMissing(cell, missing)) users.add(toText(cell));
    }
  }
  const [other] = known;
  return {
    ...{ input: name, rows, users: users.size, items: items.size, allItems: known.size, unusable },
    unknown: known.size > 0 ? unknown : undefined,
    differ:
      unknown === rows && first !== undefined && other !== undefined ? [first, other] : undefined,
    range: min <= max ? { min, max } : undefined,
  };
}
