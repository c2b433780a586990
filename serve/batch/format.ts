/** How a batch writes its answers: as lines of JSON, or as a CSV file. */

import { toAnswerJson } from "../../predictor/answer.ts";
import type { Answer } from "../../predictor/answerTypes.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { servedTarget } from "../core/targets/types.ts";
import type { LeftOut } from "./missing.ts";
import type { Row } from "./rows.ts";

export interface AnswerFormat {
  /** Line before the answers; undefined: none. */
  readonly header: string | undefined;
  /** Whether each answer has all scores, whatever is asked for. */
  readonly needsAllScores: boolean;
  /** @param leftOut Inputs that the answer did without. */
  line(place: Place, id: Row["id"], answer: Answer, leftOut: LeftOut): string;
}

/** Where a row is in the input. */
export interface Place {
  /** Only where the input may be several files. */
  readonly file: string | undefined;
  /** From 1. */
  readonly line: number;
}

export type FormatName = "jsonl" | "csv";

/** @param path The file with the answers: CSV where its name ends in `.csv`, else JSON. */
export function formatOf(path: string): FormatName {
  return /\.csv$/i.test(path) ? "csv" : "jsonl";
}

export interface Columns {
  /** Whether answers say which file the row is in. */
  readonly withFile?: boolean;
  /** Whether they say what they did without; lines of JSON do where it is something. */
  readonly withLeftOut?: boolean;
}

export function answerFormat(
  name: FormatName,
  target: TargetSpec,
  columns: Columns = {},
): AnswerFormat {
  return name === "csv" ? csvFormat(target, columns) : jsonFormat(target);
}

function jsonFormat(target: TargetSpec): AnswerFormat {
  return {
    header: undefined,
    needsAllScores: false,
    // What is undefined is left out.
    line({ file, line }, id, answer, leftOut) {
      const without = Object.keys(leftOut).length > 0 ? { leftOut } : {};
      return JSON.stringify({ file, line, id, ...toAnswerJson(target, answer), ...without });
    },
  };
}

function csvFormat(
  target: TargetSpec,
  { withFile = false, withLeftOut = false }: Columns,
): AnswerFormat {
  const { columns, cells } = servedTarget(target);
  const row = (
    file: string,
    [line, id]: readonly (string | number)[],
    answer: readonly (string | number)[],
    leftOut: string,
  ) =>
    csvLine([
      ...(withFile ? [file] : []),
      ...[line!, id!, ...answer],
      ...(withLeftOut ? [leftOut] : []),
    ]);
  return {
    header: row("file", ["line", "id"], columns(target), "left_out"),
    needsAllScores: true,
    line: ({ file, line }, id, answer, leftOut) =>
      row(file ?? "", [line, id ?? ""], cells(target, answer), Object.keys(leftOut).join("|")),
  };
}

function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((cell) => quoted(String(cell))).join(",");
}

/** In quotes where a reader would take the text for something else (RFC 4180). */
function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
