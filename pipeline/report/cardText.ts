/** Words and escapes that the parts of the model card share. */

import type { TextContext } from "../targets/targetRules.ts";
import { rulesOf } from "../targets/types.ts";
import type { RunRecord } from "./runRecord.ts";

export function textsOf({ target }: RunRecord["evaluation"]) {
  return rulesOf({ type: target }).texts;
}

export function contextOf({ dataset, evaluation }: RunRecord): TextContext {
  return {
    nouns: dataset.nouns,
    column: dataset.column,
    split: dataset.evaluatedOn,
    fullRow: evaluation.fullRow,
  };
}

/** Escapes Markdown and HTML in text from the data. */
export function text(value: string): string {
  return value.replace(/[\\`*_[\]<>#|]/g, "\\$&").replace(/\s*\r?\n\s*/g, " ");
}

/** Escapes HTML in a Markdown table. */
export function inert(table: string): string {
  return table.replaceAll("<", "&lt;");
}
