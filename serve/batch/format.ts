/** How a batch writes its answers: as lines of JSON, or as a CSV file. */

import { toAnswerJson } from "../../predictor/answer.ts";
import type { Answer } from "../../predictor/answerTypes.ts";
import type { TargetSpec } from "../../predictor/targets/types.ts";
import { servedTarget } from "../core/targets/types.ts";
import type { Row } from "./rows.ts";

export interface AnswerFormat {
  /** Line before the answers; undefined: none. */
  readonly header: string | undefined;
  /** Whether each answer has all scores, whatever is asked for. */
  readonly needsAllScores: boolean;
  line(place: Place, id: Row["id"], answer: Answer): string;
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

/** @param withFile Whether answers say which file the row is in. */
export function answerFormat(name: FormatName, target: TargetSpec, withFile = false): AnswerFormat {
  return name === "csv" ? csvFormat(target, withFile) : jsonFormat(target);
}

function jsonFormat(target: TargetSpec): AnswerFormat {
  return {
    header: undefined,
    needsAllScores: false,
    // What is undefined is left out.
    line: ({ file, line }, id, answer) =>
      JSON.stringify({ file, line, id, ...toAnswerJson(target, answer) }),
  };
}

function csvFormat(target: TargetSpec, withFile: boolean): AnswerFormat {
  const { columns, cells } = servedTarget(target);
  return {
    header: csvLine([...(withFile ? ["file"] : []), "line", "id", ...columns(target)]),
    needsAllScores: true,
    line: ({ file, line }, id, answer) =>
      csvLine([...(withFile ? [file ?? ""] : []), line, id ?? "", ...cells(target, answer)]),
  };
}

function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((cell) => quoted(String(cell))).join(",");
}

/** In quotes where a reader would take the text for something else (RFC 4180). */
function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
