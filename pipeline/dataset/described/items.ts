/** The items of a description's tables: values of the inputs, labels, and the split where the tables say so. */

import { InputError } from "../../../predictor/errors.ts";
import { inputDataOf } from "../../inputs/data.ts";
import type { TargetCell, TargetValue } from "../../targets/targetRules.ts";
import { rulesOf } from "../../targets/types.ts";
import type { DataIssue, TablePlace, Value } from "../dataset.ts";
import { columnOf, type Description } from "../description.ts";
import { describeFirst, type IssueList, quote } from "../issues.ts";
import { describeNoFile, type NoFile } from "../namedFile.ts";
import { meant } from "../parseDescription.ts";
import { checkColumns, openTable, type TableSpec } from "../tables/open.ts";
import type { Batch, Cell } from "../tables/table.ts";
import {
  describeLostDigits,
  isMissing,
  listIn,
  toList,
  toNumber,
  toText,
} from "../tables/values.ts";

export interface ReadItem {
  readonly id: string;
  readonly values: Record<string, Value>;
  readonly labels: readonly string[];
  /** Value of a target that is a number. */
  readonly value?: number | undefined;
  /** Undefined where shares decide. */
  readonly split: "train" | "validation" | "test" | undefined;
  /** Items with the same value stay on one side. */
  readonly group: string | undefined;
}

export interface ItemSource {
  readonly description: Description;
  /** Folder that paths are relative to. */
  readonly root: string;
  /** Folder for files that are written from cells. */
  readonly cache: string;
  /** All that there are, where the description says so; undefined: whatever the items have. */
  readonly labels: ReadonlySet<string> | undefined;
  readonly issues: IssueList;
  /** Whether files that are not there are issues of their rows; otherwise, they are noted by input. */
  readonly strict: boolean;
}

/** Splits by what a column says. */
const SIDES: ReadonlyMap<string, NonNullable<ReadItem["split"]>> = new Map([
  ["train", "train"],
  ["training", "train"],
  ["validation", "validation"],
  ["valid", "validation"],
  ["val", "validation"],
  ["dev", "validation"],
  ["test", "test"],
  ["testing", "test"],
]);

/** The side that a cell of the split's column names, in any case; undefined for none. */
export function sideOf(text: string): ReadItem["split"] {
  return SIDES.get(text.trim().toLowerCase());
}

/** What is wrong with a cell of the split's column that names no side. */
export function describeNoSide(column: string, text: string): string {
  const what = text === "" ? "nothing" : quote(text);
  return `has ${what} in ${quote(column)}, the split, expected train, validation or test; it is left out.`;
}

/** What was read so far. */
interface Reading {
  /** Texts that mean: no value. */
  readonly missing: ReadonlySet<string>;
  readonly items: Map<string, ReadItem>;
  /** Rows, those that cannot be used included. */
  rows: number;
  /** What the cells of each input have told so far. */
  readonly seen: Readonly<Record<string, Record<string, unknown>>>;
  /** Sides of the rows whose target is empty, by the split's column. */
  readonly withoutTarget: ReadItem["split"][];
  /** Rows of the files that were written from cells, by path. */
  readonly madeFiles: Map<string, TablePlace>;
  /** Names without a file, by input and whether there is something else of that name. */
  readonly absent: Map<string, Absent>;
}

/** Names of files of one input, with the first of them and its place. */
interface Absent {
  readonly input: string;
  readonly column: string;
  readonly first: NoFile;
  readonly file: string;
  readonly line: number;
  count: number;
}

/**
 * Rows that cannot be used become issues.
 *
 * @throws InputError if a table cannot be read or lacks a column, or if the table for testing has no item that can be used.
 */
export async function readItems(
  source: ItemSource,
): Promise<{ items: ReadItem[]; madeFiles: ReadonlyMap<string, TablePlace> }> {
  const { items, split, missing, inputs } = source.description;
  const reading: Reading = {
    missing: new Set(missing),
    items: new Map(),
    rows: 0,
    seen: Object.fromEntries(Object.keys(inputs).map((name) => [name, {}])),
    withoutTarget: [],
    madeFiles: new Map(),
    absent: new Map(),
  };
  const read = reading.items;
  await readTable(source, items, "items", undefined, reading);
  if (split.validation !== undefined) {
    await readTable(source, split.validation, "split.validation", "validation", reading);
  }
  if (typeof split.test === "object" || typeof split.test === "string") {
    for (const [id, item] of read) read.set(id, { ...item, split: item.split ?? "train" });
    const before = { items: read.size, issues: source.issues.list.length };
    await readTable(source, split.test, "split.test", "test", reading);
    if (read.size === before.items) throw nothingToTest(source.issues.list.slice(before.issues));
  }
  for (const absent of reading.absent.values()) {
    source.issues.note(absent.file, undefined, () => describeAbsent(absent));
  }
  checkTargets(source.description, reading);
  return { items: [...read.values()], madeFiles: reading.madeFiles };
}

/** @throws InputError where no row, or none for testing, says what is to be predicted. */
function checkTargets({ target }: Description, { items, rows, withoutTarget }: Reading): void {
  const column = quote(target.column);
  if (rows > 0 && withoutTarget.length === rows) {
    throw new InputError(
      "target.column",
      `${column} is empty in all ${rows} rows, so there is nothing to learn; name another column, or correct "missing"`,
    );
  }
  const forTesting = withoutTarget.filter((side) => side === "test").length;
  if (forTesting > 0 && ![...items.values()].some((item) => item.split === "test")) {
    throw new InputError(
      "split.column",
      `none of the ${forTesting} rows for testing has anything in ${column}, the target, so nothing can be measured; fill it in, or draw the test items with "test": 0.2`,
    );
  }
}

async function readTable(
  source: ItemSource,
  spec: TableSpec,
  where: string,
  side: ReadItem["split"],
  reading: Reading,
): Promise<void> {
  const { description, root, issues } = source;
  const { id, inputs, target, split } = description;
  const wanted = new Map<string, string>([[target.column, "target.column"]]);
  if (id !== undefined) wanted.set(id, "id");
  if (side === undefined && split.column !== undefined) wanted.set(split.column, "split.column");
  if (split.group !== undefined) wanted.set(split.group, "split.group");
  for (const [name, input] of Object.entries(inputs)) {
    const column = columnOf(name, input);
    if (column !== undefined) wanted.set(column, `inputs.${name}`);
  }
  const table = await openTable(spec, root, issues);
  checkColumns(table, wanted, where);
  for await (const batch of table.read([...wanted.keys()])) {
    for (let row = 0; row < batch.rows; row++) addRow(source, batch, row, side, reading);
  }
}

/** @param issues Of the table. */
function nothingToTest(issues: readonly DataIssue[]): InputError {
  return new InputError(
    "split.test",
    `has no item that can be used${describeFirst(issues)}; name another table, or draw a share such as 0.2`,
  );
}

function addRow(
  source: ItemSource,
  batch: Batch,
  row: number,
  side: ReadItem["split"],
  reading: Reading,
): void {
  const { items: read } = reading;
  reading.rows++;
  const item = readRow(source, batch, row, side, reading);
  const problem =
    typeof item === "string"
      ? item
      : read.has(item.id)
        ? `the id ${quote(item.id)} is already taken; the first row with it is used.`
        : undefined;
  if (problem !== undefined) source.issues.add(batch.file, batch.lines[row], () => problem);
  else if (typeof item !== "string") read.set(item.id, item);
}

/** @returns The item, or why the row cannot be used. */
function readRow(
  source: ItemSource,
  batch: Batch,
  row: number,
  side: ReadItem["split"],
  reading: Reading,
): ReadItem | string {
  const { description, root, cache, labels: known } = source;
  const { inputs, target, split } = description;
  const { missing } = reading;
  const cell = (column: string): Cell => batch.columns.get(column)?.[row];
  const idCell = description.id === undefined ? reading.rows : cell(description.id);
  if (isMissing(idCell, missing)) return "has no id.";
  const lost = description.id && describeLostDigits(description.id, idCell);
  if (lost) return lost;
  const named = split.column === undefined ? undefined : toText(cell(split.column)).trim();
  const own = named === undefined ? undefined : sideOf(named);
  const said = readTarget(cell(target.column), target, missing, known);
  if (typeof said === "string") return said;
  if (said === undefined) {
    reading.withoutTarget.push(own);
    return `has nothing in ${quote(target.column)}, the target; it is left out.`;
  }
  if (side === undefined && named !== undefined && own === undefined) {
    return describeNoSide(split.column!, named);
  }
  const values: Record<string, Value> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const column = columnOf(name, input);
    const given = column === undefined ? undefined : cell(column);
    if (column === undefined || isMissing(given, missing)) continue;
    const { file, lines } = batch;
    const place = { name, column, root, file, cache, missing, seen: reading.seen[name]! };
    const found = inputDataOf(input).read!(given, input, place);
    if ("problem" in found) return found.problem;
    if ("absent" in found) {
      const first = found.absent;
      if (source.strict) {
        source.issues.add(file, lines[row], () => `${describeNoFile(column, first)}.`);
      } else noteAbsent(reading, { input: name, column, first, file, line: lines[row]! });
    } else if (found.value !== undefined) {
      values[name] = found.value;
      if (found.made) noteMade(reading, String(found.value), batch, row);
    }
  }
  const groupCell = split.group === undefined ? undefined : cell(split.group);
  const lostGroup = split.group && describeLostDigits(split.group, groupCell);
  if (lostGroup) return lostGroup;
  const group = isMissing(groupCell, missing) ? undefined : toText(groupCell);
  return { id: toText(idCell), values, ...said, split: side ?? own, group };
}

/**
 * A cell of the target's column, by the rules of its type.
 *
 * @param known All labels that there are; undefined: any.
 * @returns What it says, why it cannot be used, or undefined where it has nothing.
 */
export function readTarget(
  cell: Cell,
  target: Description["target"],
  missing: ReadonlySet<string>,
  known: ReadonlySet<string> | undefined,
): TargetValue | string | undefined {
  const said = rulesOf(target).read(targetCell(cell, target, missing), target);
  if (known === undefined || typeof said !== "object") return said;
  const unknown = said.labels.find((label) => !known.has(label));
  return unknown === undefined
    ? said
    : `${quote(unknown)} is not one of the labels; ${meant(unknown, [...known])}.`;
}

function targetCell(
  cell: Cell,
  target: Description["target"],
  missing: ReadonlySet<string>,
): TargetCell {
  const decimal = "decimal" in target ? target.decimal : undefined;
  return {
    lostDigits: () => describeLostDigits(target.column, listIn(cell) ?? cell),
    text: () => (isMissing(cell, missing) ? "" : toText(cell).trim()),
    number: () => toNumber(typeof cell === "number" ? cell : toText(cell), decimal),
    list: (separator) => toList(cell, separator, missing),
  };
}

/** The first row with a file's content stands for all. */
function noteMade({ madeFiles }: Reading, path: string, { file, lines }: Batch, row: number): void {
  if (!madeFiles.has(path)) madeFiles.set(path, { file, line: lines[row]! });
}

function noteAbsent({ absent }: Reading, found: Omit<Absent, "count">): void {
  const key = `${found.input} ${found.first.exists}`;
  const before = absent.get(key);
  if (before) before.count++;
  else absent.set(key, { ...found, count: 1 });
}

/** For the whole of a file: a run shows few notes on lines. */
function describeAbsent({ input, column, first, line, count }: Absent): string {
  const files = count === 1 ? "1 file" : `${count} files`;
  const is = count === 1 ? "is" : "are";
  const what = first.exists
    ? `cannot be read, and ${is} left out`
    : `${is} not there, and left out`;
  const where = count === 1 ? `line ${line}` : `line ${line}, the first`;
  return `${files} ${what} of ${quote(input)}: ${describeNoFile(column, first)} (${where})`;
}
