/** What a description knows of the users who rate: a table of them, with some of the attributes that user vectors take. */

import * as z from "zod";
import { MAX_AGE } from "../../predictor/preprocess/ratings.ts";
import { type IssueList, quote } from "./issues.ts";
import { checkColumns, openTable } from "./tables/open.ts";
import { column, table } from "./tables/schema.ts";
import type { Batch, Cell } from "./tables/table.ts";
import { describeLostDigits, isMissing, toNumber, toText } from "./tables/values.ts";
import type { User } from "./values.ts";

type Attribute = Exclude<keyof User, "id">;
type Value = User[Attribute];

interface AttributeRule {
  /** Undefined for a cell that does not have it. */
  read(cell: Cell): Value;
  /** For errors. */
  readonly expected: string;
}

/** What user vectors take of a user. */
const ATTRIBUTES: Readonly<Record<Attribute, AttributeRule>> = {
  gender: { read: (cell) => toText(cell).trim(), expected: "a text" },
  age: {
    read(cell) {
      const age = toNumber(cell);
      return age !== undefined && age >= 0 && age <= MAX_AGE ? Math.floor(age) : undefined;
    },
    expected: `an age in years, 0 to ${MAX_AGE}`,
  },
  occupation: {
    read(cell) {
      const code = toNumber(cell);
      return code !== undefined && Number.isSafeInteger(code) && code >= 0 ? code : undefined;
    },
    expected: "a code, a whole number from 0",
  },
};
const NAMES = Object.keys(ATTRIBUTES) as Attribute[];

export const usersSchema = z.strictObject({
  table,
  id: column.describe("column with the user's id"),
  columns: z
    .union([
      z.array(column).min(1),
      z
        .strictObject({
          gender: column.optional(),
          age: column.optional(),
          occupation: column.optional(),
        })
        .refine((columns) => Object.keys(columns).length > 0, { error: "must name a column" }),
    ])
    .describe(
      "gender, age and occupation (a code) of users: columns of these names, or an object of the attributes' columns",
    ),
});

export type DescribedUsers = z.output<typeof usersSchema>;

/** The columns that are read, by attribute, and those that are none. */
export function attributeColumns({ columns }: Pick<DescribedUsers, "columns">): {
  columns: Partial<Record<Attribute, string>>;
  others: readonly string[];
} {
  if (!Array.isArray(columns)) return { columns: withoutUndefined(columns), others: [] };
  const named = NAMES.flatMap((name) => {
    const found = columns.find((each) => each.toLowerCase() === name);
    return found === undefined ? [] : [[name, found] as const];
  });
  const used = new Set(named.map(([, found]) => found));
  return { columns: Object.fromEntries(named), others: columns.filter((each) => !used.has(each)) };
}

function withoutUndefined(
  columns: Partial<Record<Attribute, string | undefined>>,
): Partial<Record<Attribute, string>> {
  return Object.fromEntries(Object.entries(columns).filter(([, name]) => name !== undefined));
}

/** @throws InputError if the table cannot be read, or lacks a column. */
export async function openUsers(
  described: DescribedUsers,
  field: string,
  root: string,
  issues: IssueList,
) {
  const opened = await openTable(described.table, root, issues);
  const { others, columns } = attributeColumns(described);
  const names = [described.id, ...Object.values(columns), ...others];
  checkColumns(opened, new Map(names.map((name) => [name, field])), field);
  return opened;
}

export interface UsersSource {
  readonly described: DescribedUsers;
  /** Field of the users in the description, for errors. */
  readonly field: string;
  readonly root: string;
  /** Texts that mean: no value. */
  readonly missing: ReadonlySet<string>;
  readonly issues: IssueList;
}

/**
 * The users with what the table knows of them, in the same order. A row with a value that cannot be used is an issue, and
 * nothing is known of its user.
 *
 * @param ids Of the users who rate; the table may have others.
 * @throws InputError if the table cannot be read, or lacks a column.
 */
export async function describeUsers(ids: readonly string[], source: UsersSource): Promise<User[]> {
  const { described, field, root, missing, issues } = source;
  const users: User[] = ids.map((id) => ({ id }));
  const placeOf = new Map(ids.map((id, i) => [id, i]));
  const opened = await openUsers(described, field, root, issues);
  const { columns, others } = attributeColumns(described);
  const seen = new Set<string>();
  let file = field;
  for await (const batch of opened.read([described.id, ...Object.values(columns)])) {
    file = batch.file;
    const idCells = batch.columns.get(described.id)!;
    for (let row = 0; row < batch.rows; row++) {
      const add = (message: string) => issues.add(file, batch.lines[row], () => message);
      const id = toText(idCells[row]);
      const place = placeOf.get(id);
      const lost = describeLostDigits(described.id, idCells[row]);
      if (isMissing(idCells[row], missing)) add(`has no user in ${quote(described.id)}.`);
      else if (lost !== undefined) add(lost);
      else if (seen.has(id)) add(`user ${quote(id)} is already listed; the first row is used.`);
      else if (place !== undefined) {
        seen.add(id);
        const known = readRow(batch, row, columns, missing);
        if ("problem" in known) add(known.problem);
        else users[place] = { id, ...known };
      }
    }
  }
  noteRest({ others, unknown: ids.length - seen.size, all: ids.length }, file, issues);
  return users;
}

function readRow(
  batch: Batch,
  row: number,
  columns: Partial<Record<Attribute, string>>,
  missing: ReadonlySet<string>,
): Omit<User, "id"> | { readonly problem: string } {
  const known: Partial<Record<Attribute, Value>> = {};
  for (const name of NAMES) {
    const from = columns[name];
    const cell = from === undefined ? undefined : batch.columns.get(from)![row];
    if (isMissing(cell, missing)) continue;
    const { read, expected } = ATTRIBUTES[name];
    const value = read(cell);
    if (value === undefined) {
      return { problem: `${quote(from!)} is ${quote(toText(cell))}, expected ${expected}.` };
    }
    known[name] = value;
  }
  return known as Omit<User, "id">;
}

function noteRest(
  { others, unknown, all }: { others: readonly string[]; unknown: number; all: number },
  file: string,
  issues: IssueList,
): void {
  if (others.length > 0) {
    const names = others.map((name) => quote(name)).join(", ");
    issues.note(
      file,
      undefined,
      () =>
        `${names}: not used; of users, gender, age and occupation are. If a column is one of them under another name, say so, as in "columns": { "age": ${quote(others[0]!)} }.`,
    );
  }
  if (unknown > 0) {
    issues.note(
      file,
      undefined,
      () => `has nothing about ${unknown} of the ${all} users who rate.`,
    );
  }
}
