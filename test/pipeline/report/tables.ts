/** Reads tables from Markdown and HTML. */

import assert from "node:assert/strict";
import { parseHTML } from "linkedom";

/** Cells by row; the first row is the header. */
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

/** The single table whose first header cells begin with these texts. */
export function tableOf(tables: readonly Table[], ...header: string[]): Table {
  const matches = tables.filter(([first]) =>
    header.every((cell, i) => first![i]?.startsWith(cell)),
  );
  assert.equal(matches.length, 1, `tables with the header ${header.join(", ")}`);
  return matches[0]!;
}

/** @param column Name of the column, or else the beginning of its name. */
export function cellOf(table: Table, row: string, column: string): string {
  const exact = table[0]!.indexOf(column);
  const place = exact < 0 ? table[0]!.findIndex((name) => name.startsWith(column)) : exact;
  const cell = table.find(([name]) => name === row)?.[place];
  assert.ok(cell !== undefined, `no cell "${row}", "${column}"`);
  return cell;
}

/** The first number of a cell such as "0.935 [0.920, 0.948]", "654 with a poster" or "1,234". */
export const numberOf = (cell: string) => Number.parseFloat(cell.replaceAll(",", ""));
