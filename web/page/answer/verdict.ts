/** The answer in one line, and a bar for each genre. */

import type { LabelScore } from "../../../predictor/targets/targetType.ts";
import { byId, create, hiddenText, percent } from "../dom.ts";

/** Shows all genres; those that reach their thresholds are the answer. */
export function showVerdict(
  scores: readonly LabelScore[],
  thresholds: ReadonlyMap<string, number>,
): void {
  const selected = scores.filter((score) => score.selected);
  byId("verdict-label").textContent =
    selected.length > 0 ? "The model says" : "Not sure. Best guess:";
  byId("verdict").textContent = listOf(
    (selected.length > 0 ? selected : scores.slice(0, 1)).map(({ label }) => label),
  );
  const list = byId("genres");
  const rows = new Map([...list.children].map((row) => [(row as HTMLElement).dataset.label, row]));
  // Rows are reused, so that their bars move instead of appearing anew.
  list.replaceChildren(
    ...scores.map((score) => {
      const row = (rows.get(score.label) as HTMLLIElement | undefined) ?? createRow(score.label);
      updateRow(row, score, thresholds.get(score.label)!);
      return row;
    }),
  );
}

/** The top three, for screen readers and narrow screens. */
export function summarise(scores: readonly LabelScore[]): string {
  return scores
    .slice(0, 3)
    .map(({ label, probability }) => `${label} ${percent(probability)}`)
    .join(", ");
}

function createRow(label: string): HTMLLIElement {
  return create(
    "li",
    { "data-label": label },
    create("span", { className: "genre-name" }, label),
    create(
      "span",
      { className: "bar", "aria-hidden": "true" },
      create("span", { className: "bar-fill" }),
      create("span", { className: "bar-threshold" }),
    ),
    create("span", { className: "genre-value" }),
  );
}

function updateRow(
  row: HTMLLIElement,
  { probability, selected }: LabelScore,
  threshold: number,
): void {
  row.classList.toggle("selected", selected);
  const [, bar, value] = row.children as unknown as [Element, HTMLElement, HTMLElement];
  const [fill, tick] = bar.children as unknown as [HTMLElement, HTMLElement];
  fill.style.width = `${probability * 100}%`;
  tick.style.left = `${threshold * 100}%`;
  value.replaceChildren(
    percent(probability),
    hiddenText(selected ? ", reaches its threshold" : `, threshold ${percent(threshold)}`),
  );
}

function listOf(names: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
