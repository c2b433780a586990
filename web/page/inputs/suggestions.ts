/** Values to choose from, suggested while the user types. */

import { strings } from "../../strings/strings.ts";
import { create } from "../dom.ts";

export function createSuggestions(values: readonly string[], id: string): HTMLDataListElement {
  return create("datalist", { id }, ...values.map((value) => create("option", { value })));
}

/** Says which values the model does not know; they count as such. */
export function noteUnknown(
  note: HTMLElement,
  values: readonly (string | undefined)[],
  known: ReadonlySet<string>,
): void {
  const unknown = values.filter((value) => value !== undefined && !known.has(value)) as string[];
  note.hidden = unknown.length === 0;
  note.textContent = note.hidden ? "" : strings.inputs.unknownValues(unknown);
}
