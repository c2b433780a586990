/** What a table is to everything that reads one: columns, and batches of rows in bounded memory. */

import type { IssueList } from "../issues.ts";

/**
 * A value as the file has it. CSV has text only; JSON and Parquet also have numbers, truth values, lists and objects. Text
 * that is empty, null and absent values are undefined. Dates of Parquet are ISO 8601 text.
 */
export type Cell = string | number | boolean | readonly unknown[] | object | undefined;

export interface Batch {
  /** The file that all rows of the batch come from, as issues name it. */
  readonly file: string;
  readonly rows: number;
  /** By column name, for the columns that were asked for; each of length `rows`. */
  readonly columns: ReadonlyMap<string, readonly Cell[]>;
  /** Where each row starts: its line, from 1; in Parquet and in JSON arrays, its number among the file's rows. */
  readonly lines: readonly number[];
}

/** One file of a table, or the whole of it. */
export interface Table {
  /** In the file's order. */
  readonly columns: readonly string[];
  /** True if rows may lack columns, as objects may lack keys. */
  readonly loose?: true;
  /**
   * Reads all rows. Rows that cannot be read are added to the issues, and reading goes on after them.
   *
   * @param wanted Columns to give; default: all.
   */
  read(wanted?: readonly string[]): AsyncGenerator<Batch>;
}

/** How to read files whose form their names do not tell. */
export interface TableOptions {
  /** Between the fields of CSV: one or more characters; default: the one of , ; tab and | that the first line has most of. */
  readonly separator?: string | undefined;
  /** Names of the columns of CSV that has no header line. */
  readonly columns?: readonly string[] | undefined;
  /** Encoding of CSV; default: UTF-8. */
  readonly encoding?: Encoding | undefined;
}

export const ENCODINGS = ["utf-8", "latin1", "utf-16le"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A file to open as a table. */
export interface TableFile extends TableOptions {
  readonly path: string;
  /** As issues name it: relative to the data set's folder. */
  readonly name: string;
  readonly gzip: boolean;
  readonly issues: IssueList;
}

/** Rows collected by column. */
export interface BatchBuilder {
  /** @param cell The row's value of the column with this index. */
  add(line: number, cell: (column: number) => Cell): void;
  readonly rows: number;
  take(): Batch;
}

export function createBatchBuilder(file: string, columns: readonly string[]): BatchBuilder {
  let cells = columns.map((): Cell[] => []);
  let lines: number[] = [];
  return {
    get rows() {
      return lines.length;
    },
    add(line, cell) {
      lines.push(line);
      for (let i = 0; i < columns.length; i++) cells[i]!.push(cell(i));
    },
    take() {
      const batch = {
        file,
        rows: lines.length,
        lines,
        columns: new Map(columns.map((name, i) => [name, cells[i]!] as const)),
      };
      cells = columns.map(() => []);
      lines = [];
      return batch;
    },
  };
}
