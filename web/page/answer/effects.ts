/** How each input changed the answer: genres by inputs, as a table. */

import type { AnswerExplanation } from "../../../predictor/answer.ts";
import { INPUT_NAMES, type InputName, type LabelScore } from "../../../predictor/predictor.ts";
import { byId, create, hidden, percent } from "../dom.ts";

/** Genres in the table; the others changed little that matters. */
const SHOWN = 6;
/** Points below which a change is not worth a colour. */
const FAINT = 0.5;

type View = "contribution" | "without" | "alone";

export interface EffectsTable {
  show(genres: readonly LabelScore[], explanation: AnswerExplanation): void;
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

function draw(genres: readonly LabelScore[], { inputs }: AnswerExplanation, view: View): void {
  const present = INPUT_NAMES.filter((input) => inputs[input]);
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, "Genre"),
    create("th", { scope: "col" }, "Answer"),
    ...present.map((input) => create("th", { scope: "col", "data-input": input }, nameOf(input))),
  );
  const rows = genres.map(({ label, probability }, i) =>
    create(
      "tr",
      {},
      create("th", { scope: "row" }, label),
      create("td", {}, percent(probability)),
      ...present.map((input) => cell(inputs[input]!.scores[i]![view], view)),
    ),
  );
  const weights = create(
    "tr",
    { className: "weights" },
    create("th", { scope: "row" }, "Weight"),
    create("td"),
    ...present.map((input) => create("td", {}, inputs[input]!.weight.toFixed(2))),
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

export function nameOf(input: InputName): string {
  return input[0]!.toUpperCase() + input.slice(1);
}
