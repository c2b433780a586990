/** How each input changed the answer: genres by modalities, as a table. */

import type { DescribedExplanation } from "../../../predictor/answer.ts";
import { type GenreScore, MODALITIES, type Modality } from "../../../predictor/predictor.ts";
import { byId, create, hidden, percent } from "../dom.ts";

/** Genres in the table; the others changed little that matters. */
const SHOWN = 6;
/** Points below which a change is not worth a colour. */
const FAINT = 0.5;

type View = "contribution" | "without" | "alone";

export interface EffectsTable {
  show(genres: readonly GenreScore[], explanation: DescribedExplanation): void;
}

export function startEffects(): EffectsTable {
  const select = byId<HTMLSelectElement>("effects-view");
  let redraw = () => {};
  select.addEventListener("change", () => redraw());
  return {
    show(genres, explanation) {
      redraw = () => draw(genres.slice(0, SHOWN), explanation, select.value as View);
      redraw();
    },
  };
}

function draw(
  genres: readonly GenreScore[],
  { modalities }: DescribedExplanation,
  view: View,
): void {
  const present = MODALITIES.filter((modality) => modalities[modality]);
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, "Genre"),
    create("th", { scope: "col" }, "Answer"),
    ...present.map((modality) =>
      create("th", { scope: "col", "data-modality": modality }, nameOf(modality)),
    ),
  );
  const rows = genres.map(({ label, probability }, i) =>
    create(
      "tr",
      {},
      create("th", { scope: "row" }, label),
      create("td", {}, percent(probability)),
      ...present.map((modality) => cell(modalities[modality]!.genres[i]![view], view)),
    ),
  );
  const weights = create(
    "tr",
    { className: "weights" },
    create("th", { scope: "row" }, "Weight"),
    create("td"),
    ...present.map((modality) => create("td", {}, modalities[modality]!.weight.toFixed(2))),
  );
  byId("effects-table").replaceChildren(
    create("thead", {}, head),
    create("tbody", {}, ...rows, weights),
  );
}

function cell(value: number, view: View): HTMLTableCellElement {
  if (view !== "contribution") return create("td", {}, percent(value));
  const points = value * 100;
  const rounded = Math.round(points);
  const text = `${rounded > 0 ? "+" : rounded < 0 ? "−" : ""}${Math.abs(rounded)}`;
  const element = create("td", { className: "contribution" }, text, hidden(" points"));
  if (Math.abs(points) >= FAINT) element.dataset.sign = points > 0 ? "plus" : "minus";
  element.style.setProperty("--strength", String(Math.min(1, Math.abs(points) / 50)));
  return element;
}

export function nameOf(modality: Modality): string {
  return modality[0]!.toUpperCase() + modality.slice(1);
}
