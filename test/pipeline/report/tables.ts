/** Reads tables back from what is printed. */

import assert from "node:assert/strict";
import { parseHTML } from "linkedom";

/** Cells, row by row, the header first. */
export type Table = string[][];

export function markdownTables(markdown: string): Table[] {
  return markdown.split(/\n(?!\|)/).flatMap((block) => {
    const lines = block.split("\n").filter((line) => line.startsWith("|"));
    if (lines.length < 3) return [];
    const rows = lines.map((line) => line.slice(1, -1).replaceAll("&lt;", "<").split("|"));
    return [rows.filter((_, i) => i !== 1).map((cells) => cells.map((cell) => cell.trim()))];
  });
}

export function htmlTables(page: string): Table[] {
  return [...parseHTML(page).document.querySelectorAll("table")].map(
    (table): Table =>
      [...table.querySelectorAll("tr")].map((row) =>
        [...row.querySelectorAll("th, td")].map((cell) => cell.textContent!.trim()),
      ),
  );
}

/** The only table whose header begins with cells that begin like this. */
export function tableOf(tables: readonly Table[], ...header: string[]): Table {
  const found = tables.filter(([first]) => header.every((cell, i) => first![i]?.startsWith(cell)));
  assert.equal(found.length, 1, `tables with the header ${header.join(", ")}`);
  return found[0]!;
}

/** @param column Name of the column, or where there is none, what its name begins with. */
export function cellOf(table: Table, row: string, column: string): string {
  const exact = table[0]!.indexOf(column);
  const place = exact < 0 ? table[0]!.findIndex((name) => name.startsWith(column)) : exact;
  const found = table.find(([name]) => name === row)?.[place];
  assert.ok(found !== undefined, `no cell "${row}", "${column}"`);
  return found;
}

/** The value of a cell: "0.935 [0.920, 0.948]", "654 with a poster", "1,234". */
export const numberOf = (cell: string) => Number.parseFloat(cell.replaceAll(",", ""));
