/** The items of a description's tables: values of the inputs, labels, and the split where the tables say so. */

import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Value } from "../dataset.ts";
import { columnOf, type Description, type Input } from "../description.ts";
import { type IssueList, quote } from "../issues.ts";
import { checkColumns, openTable, type TableSpec } from "../tables/open.ts";
import type { Batch, Cell } from "../tables/table.ts";
import { isMissing, toList, toText } from "../tables/values.ts";

export interface ReadItem {
  readonly id: string;
  readonly values: Record<string, Value>;
  readonly labels: readonly string[];
  /** Undefined where shares decide. */
  readonly split: "train" | "test" | undefined;
  /** Items with the same value stay on one side. */
  readonly group: string | undefined;
}

export interface ItemSource {
  readonly description: Description;
  /** Folder that paths are relative to. */
  readonly root: string;
  readonly issues: IssueList;
}

/** Splits by what a column says. */
const SIDES: Readonly<Record<string, ReadItem["split"]>> = {
  train: "train",
  training: "train",
  // Validation movies are chosen from the training ones anyway.
  validation: "train",
  valid: "train",
  val: "train",
  dev: "train",
  test: "test",
  testing: "test",
};

/** @throws InputError if a table cannot be read, or lacks a column. */
export async function readItems(source: ItemSource): Promise<ReadItem[]> {
  const { items, split } = source.description;
  const read = new Map<string, ReadItem>();
  await readTable(source, items, "items", undefined, read);
  if (split.validation !== undefined) {
    await readTable(source, split.validation, "split.validation", "train", read);
  }
  if (typeof split.test === "object" || typeof split.test === "string") {
    for (const [id, item] of read) read.set(id, { ...item, split: "train" });
    await readTable(source, split.test, "split.test", "test", read);
  }
  return [...read.values()];
}

async function readTable(
  source: ItemSource,
  spec: TableSpec,
  where: string,
  side: ReadItem["split"],
  read: Map<string, ReadItem>,
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
    for (let row = 0; row < batch.rows; row++) addRow(source, batch, row, side, read);
  }
}

function addRow(
  source: ItemSource,
  batch: Batch,
  row: number,
  side: ReadItem["split"],
  read: Map<string, ReadItem>,
): void {
  const item = readRow(source, batch, row, side, read.size + 1);
  const problem =
    typeof item === "string"
      ? item
      : read.has(item.id)
        ? `the id ${quote(item.id)} is there already; the first row with it is used.`
        : undefined;
  if (problem !== undefined) source.issues.add(batch.file, batch.lines[row], () => problem);
  else if (typeof item !== "string") read.set(item.id, item);
}

/** @returns The item, or why the row cannot be used. */
function readRow(
  { description, root }: ItemSource,
  batch: Batch,
  row: number,
  side: ReadItem["split"],
  number: number,
): ReadItem | string {
  const { inputs, target, split } = description;
  const missing = new Set(description.missing);
  const cell = (column: string): Cell => batch.columns.get(column)?.[row];
  const idCell = description.id === undefined ? number : cell(description.id);
  if (isMissing(idCell, missing)) return "has no id.";
  const separator = target.type === "labels" ? target.separator : undefined;
  const labels = toList(cell(target.column), separator, missing);
  if (labels.length === 0)
    return `has nothing in ${quote(target.column)}, the target; it is left out.`;
  const named = split.column === undefined ? undefined : toText(cell(split.column)).trim();
  const own = named === undefined ? undefined : SIDES[named.toLowerCase()];
  if (side === undefined && named !== undefined && own === undefined) {
    return `the split is ${quote(named)}, expected train, validation or test.`;
  }
  const values: Record<string, Value> = {};
  for (const [name, input] of Object.entries(inputs)) {
    const column = columnOf(name, input);
    const given = column === undefined ? undefined : cell(column);
    if (isMissing(given, missing)) continue;
    const value = inputValue(input, toText(given), root);
    if (value !== undefined) values[name] = value;
  }
  const group = split.group === undefined ? undefined : toText(cell(split.group));
  return { id: toText(idCell), values, labels, split: side ?? own, group };
}

function inputValue(input: Input, text: string, root: string): Value | undefined {
  if (input.type !== "image") return text;
  const path = join(root, input.folder ?? "", text);
  const candidates = [
    path,
    ...(input.extensions ?? []).map((extension) => `${path}.${extension.replace(/^\./, "")}`),
  ];
  return candidates.find((candidate) => existsSync(candidate));
}
