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
  /** @param line Of the row in the input. */
  line(line: number, id: Row["id"], answer: Answer): string;
}

/** @param path The file with the answers: CSV where its name ends in `.csv`, else JSON. */
export function answerFormat(path: string, target: TargetSpec): AnswerFormat {
  return /\.csv$/i.test(path) ? csvFormat(target) : jsonFormat(target);
}

function jsonFormat(target: TargetSpec): AnswerFormat {
  return {
    header: undefined,
    needsAllScores: false,
    line(line, id, answer) {
      const head = { line, ...(id === undefined ? {} : { id }) };
      return JSON.stringify({ ...head, ...toAnswerJson(target, answer) });
    },
  };
}

function csvFormat(target: TargetSpec): AnswerFormat {
  const { columns, cells } = servedTarget(target);
  return {
    header: csvLine(["line", "id", ...columns(target)]),
    needsAllScores: true,
    line: (line, id, answer) => csvLine([line, id ?? "", ...cells(target, answer)]),
  };
}

function csvLine(cells: readonly (string | number)[]): string {
  return cells.map((cell) => quoted(String(cell))).join(",");
}

/** In quotes where a reader would take the text for something else (RFC 4180). */
function quoted(cell: string): string {
  return /[",\r\n]|^\s|\s$/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell;
}
