/** A description and its tables -> what a careful person would want to know before training. */

import { sha256 } from "../../../node/files.ts";
import { InputError } from "../../../predictor/errors.ts";
import { inputDataOf } from "../../inputs/data.ts";
import type { CutTexts } from "../cutTexts.ts";
import { declareInputs } from "../described/declare.ts";
import { describeNoSide, sideOf } from "../described/items.ts";
import { readLabels } from "../described/read.ts";
import { columnOf, type Description } from "../description.ts";
import { describeFirst, type IssueList, quote } from "../issues.ts";
import { pathOf } from "../namedFile.ts";
import { checkColumns, openTable } from "../tables/open.ts";
import type { Batch, Cell, Table } from "../tables/table.ts";
import { bytesOf, describeLostDigits, isMissing, toText } from "../tables/values.ts";
import { createRepeats, type Repeats } from "./duplicates.ts";
import { createImageCheck, type ImageReport } from "./images.ts";
import { createInputCheck, type InputReport } from "./inputs.ts";
import type { ItemBatch, Side } from "./itemBatch.ts";
import { createLeakCheck, type Leak } from "./leaks.ts";
import { createLongTextCheck } from "./longTexts.ts";
import { examineRatings, type RatingsReport } from "./ratings.ts";
import { createTargetCount, type TargetReport } from "./target.ts";

/** Rows that are named. */
const EXAMPLES = 3;

export interface Examination {
  readonly rows: number;
  readonly sides: Readonly<Record<"train" | "validation" | "test", number>>;
  /** Rows that the split's column puts in no split: where they are, of the first few. */
  readonly sideless: { readonly count: number; readonly examples: readonly string[] };
  readonly target: TargetReport;
  /** Items with the same id. */
  readonly ids: Repeats;
  /** Items that give a model the same inputs. */
  readonly contents: Repeats;
  readonly inputs: readonly InputReport[];
  readonly leaks: readonly Leak[];
  readonly images: readonly ImageReport[];
  readonly cutTexts: readonly CutTexts[];
  readonly ratings: readonly RatingsReport[];
}

/**
 * Reads all tables of a data set once and checks them.
 *
 * @param root Folder that the description's paths are relative to.
 * @param issues Gets the rows and values that cannot be used.
 * @throws InputError if a table or the labels' file cannot be read, a table lacks a column that the description names, or an
 *   input cannot be trained.
 */
export async function examine(
  description: Description,
  root: string,
  issues: IssueList,
): Promise<Examination> {
  // For what it refuses alone.
  declareInputs(description);
  const tables = await openItems(description, root, issues);
  const wanted = usedColumns(description);
  for (const { table, where } of tables) checkColumns(table, wanted, where);

  const missing = new Set(description.missing);
  const listed = await readLabels(description, root);
  const labels = listed && new Set(listed);
  const checks = createChecks({ description, root, labels, issues });
  const sides = { train: 0, validation: 0, test: 0 };
  const sideless: string[] = [];
  let [rows, withoutSide] = [0, 0];
  for (const { table, side } of tables) {
    for await (const batch of table.read()) {
      rows += batch.rows;
      const items = { ...batch, missing, sides: sidesOf(batch, side, description, issues) };
      for (const [row, found] of items.sides.entries()) {
        if (found) sides[found]++;
        else if (description.split.column !== undefined && ++withoutSide <= EXAMPLES) {
          sideless.push(`${batch.file}:${batch.lines[row]}`);
        }
      }
      checks.add(items);
    }
  }
  if (rows === 0) {
    throw new InputError("items", `have no row that can be read${describeFirst(issues.list)}`);
  }
  const ratings = await examineRatings(description, root, issues, checks.known);
  return {
    ...{ rows, sides, sideless: { count: withoutSide, examples: sideless } },
    ...{ ...(await checks.result()), ratings },
  };
}

interface CheckContext {
  readonly description: Description;
  readonly root: string;
  /** All that there are, where the description says so. */
  readonly labels: ReadonlySet<string> | undefined;
  readonly issues: IssueList;
}

function createChecks({ description, root, labels, issues }: CheckContext) {
  const { id, target, inputs } = description;
  const contentReaders = createContentReaders(inputs, id, root);
  const inputColumns = Object.entries(inputs).flatMap(
    ([name, input]) => columnOf(name, input) ?? [],
  );
  const values = createInputCheck(description, root, issues);
  const known = new Set<string>();
  const ids = createRepeats();
  const contents = createRepeats();
  const targetCount = createTargetCount(description, labels, issues);
  const decimals = Object.entries(inputs).flatMap(([name, input]) =>
    "decimal" in input && input.decimal
      ? [[columnOf(name, input) ?? name, input.decimal] as const]
      : [],
  );
  const leaks = createLeakCheck(target, [...new Set(inputColumns)], new Map(decimals));
  const images = createImageCheck(description, root, issues);
  const longTexts = createLongTextCheck(description, root);

  return {
    known,
    add(batch: ItemBatch): void {
      values.add(batch);
      if (id !== undefined) addIds(batch, id, { ids, known, issues });
      addContents(batch, contentReaders, contents);
      targetCount.add(batch);
      leaks.add(batch);
      images.add(batch);
      longTexts.add(batch);
    },
    result: async () => ({
      target: targetCount.result(),
      ids: ids.result(),
      contents: contents.result(),
      inputs: values.result(),
      leaks: leaks.result(),
      images: await images.result(),
      cutTexts: longTexts.result(),
    }),
  };
}

interface IdContext {
  readonly ids: ReturnType<typeof createRepeats>;
  readonly known: Set<string>;
  readonly issues: IssueList;
}

function addIds(batch: ItemBatch, id: string, { ids, known, issues }: IdContext): void {
  for (const [row, cell] of batch.columns.get(id)!.entries()) {
    if (isMissing(cell, batch.missing)) {
      issues.add(batch.file, batch.lines[row], () => `has no ${quote(id)}, its id.`);
      continue;
    }
    const lost = describeLostDigits(id, cell);
    if (lost !== undefined) {
      issues.add(batch.file, batch.lines[row], () => lost);
      continue;
    }
    known.add(toText(cell));
    ids.add(toText(cell), batch, row);
  }
}

/** By column, what makes cells alike: the same text, bytes of an image, or file. */
type ContentReaders = ReadonlyMap<string, (cell: Cell, batch: ItemBatch) => string>;

function createContentReaders(
  inputs: Description["inputs"],
  id: string | undefined,
  root: string,
): ContentReaders {
  const readers = Object.entries(inputs).flatMap(([name, input]) => {
    const column = columnOf(name, input);
    if (column === undefined || column === id) return [];
    const { fileName } = inputDataOf(input);
    const contentOf = (cell: Cell, { file, missing }: ItemBatch): string => {
      const bytes = bytesOf(cell);
      if (bytes) return sha256(bytes);
      const named = isMissing(cell, missing) ? undefined : fileName?.(cell);
      if (named === undefined) return toText(cell);
      return pathOf(named, "folder" in input ? input : {}, { root, file });
    };
    return [[column, contentOf] as const];
  });
  return new Map(readers);
}

/** Items without any input are not alike for that. */
function addContents(
  batch: ItemBatch,
  readers: ContentReaders,
  contents: ReturnType<typeof createRepeats>,
): void {
  const cells = [...readers].map(([column, read]) => [batch.columns.get(column)!, read] as const);
  for (let row = 0; row < batch.rows; row++) {
    if (cells.every(([column]) => isMissing(column[row], batch.missing))) continue;
    const values = cells.map(([column, read]) => read(column[row], batch));
    contents.add(JSON.stringify(values), batch, row);
  }
}

interface ItemsTable {
  readonly table: Table;
  readonly where: string;
  readonly side: Side;
}

async function openItems(
  { items, split }: Description,
  root: string,
  issues: IssueList,
): Promise<ItemsTable[]> {
  const parts = [
    { where: "items", spec: items, side: undefined },
    { where: "split.validation", spec: split.validation, side: "validation" },
    { where: "split.test", spec: split.test, side: "test" },
  ] as const;
  const separate = split.test !== undefined && typeof split.test !== "number";
  const tables: ItemsTable[] = [];
  for (const { where, spec, side } of parts) {
    if (spec === undefined || typeof spec === "number") continue;
    const table = await openTable(spec, root, issues);
    tables.push({ table, where, side: side ?? (separate ? "train" : undefined) });
  }
  return tables;
}

/** Every column of the items' table that the description names, with the key that names it. */
function usedColumns({ id, inputs, target, split }: Description): Map<string, string> {
  const used = new Map<string, string>();
  const use = (column: string | undefined, field: string) => {
    if (column !== undefined && !used.has(column)) used.set(column, field);
  };
  use(id, "id");
  for (const [name, input] of Object.entries(inputs)) use(columnOf(name, input), `inputs.${name}`);
  use(target.column, "target.column");
  use(split.column, "split.column");
  use(split.group, "split.group");
  return used;
}

function sidesOf(
  batch: Batch,
  side: Side,
  { split: { column } }: Description,
  issues: IssueList,
): readonly Side[] {
  if (column === undefined) return new Array<Side>(batch.rows).fill(side);
  return batch.columns.get(column)!.map((cell, row) => {
    const text = toText(cell).trim();
    const found = sideOf(text);
    if (found === undefined) {
      issues.add(batch.file, batch.lines[row], () => describeNoSide(column, text));
    }
    return found;
  });
}
