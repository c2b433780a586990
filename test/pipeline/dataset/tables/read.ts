/** A table read whole, with its issues. */

import { createIssueList, describeDataIssue } from "../../../../pipeline/dataset/issues.ts";
import { openTable, type TableSpec } from "../../../../pipeline/dataset/tables/open.ts";
import type { Cell } from "../../../../pipeline/dataset/tables/table.ts";

export interface WholeTable {
  readonly columns: readonly string[];
  readonly rows: readonly Readonly<Record<string, Cell>>[];
  /** One per row. */
  readonly lines: readonly number[];
  readonly issues: readonly string[];
}

export async function readWhole(
  spec: TableSpec,
  root: string,
  wanted?: readonly string[],
): Promise<WholeTable> {
  const issues = createIssueList();
  const table = await openTable(spec, root, issues);
  const rows: Record<string, Cell>[] = [];
  const lines: number[] = [];
  for await (const batch of table.read(wanted)) {
    for (let row = 0; row < batch.rows; row++) {
      rows.push(Object.fromEntries([...batch.columns].map(([name, cells]) => [name, cells[row]])));
    }
    lines.push(...batch.lines);
  }
  return { columns: table.columns, rows, lines, issues: issues.list.map(describeDataIssue) };
}
