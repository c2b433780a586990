/** The answer in a line, and the genres with their bars. */

import type { LabelScore } from "../../../predictor/predictor.ts";
import { byId, create, hidden, percent } from "../dom.ts";

/** Shows all genres; those that reach their thresholds are the verdict. */
export function showVerdict(
  genres: readonly LabelScore[],
  thresholds: ReadonlyMap<string, number>,
): void {
  const selected = genres.filter((genre) => genre.selected);
  byId("verdict-label").textContent =
    selected.length > 0 ? "The model says" : "No genre reaches its threshold; the likeliest is";
  byId("verdict").textContent = listOf(
    (selected.length > 0 ? selected : genres.slice(0, 1)).map(({ label }) => label),
  );
  const list = byId("genres");
  const rows = new Map([...list.children].map((row) => [(row as HTMLElement).dataset.label, row]));
  // The same rows as before, in another order: their bars move instead of appearing.
  list.replaceChildren(
    ...genres.map((genre) => {
      const row = (rows.get(genre.label) as HTMLLIElement | undefined) ?? createRow(genre.label);
      updateRow(row, genre, thresholds.get(genre.label)!);
      return row;
    }),
  );
}

/** For screen readers: the first three, as people would say them. */
export function summarise(genres: readonly LabelScore[]): string {
  return genres
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
    hidden(selected ? ", reaches its threshold" : `, threshold ${percent(threshold)}`),
  );
}

function listOf(names: readonly string[]): string {
  return new Intl.ListFormat("en", { type: "conjunction" }).format(names);
}
