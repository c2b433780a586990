/** A table of how each input changed the answer, with a row for each genre. */

import { INPUT_NAMES, type InputName } from "../../../predictor/movie.ts";
import type { LabelScore } from "../../../predictor/targets/targetType.ts";
import type { MovieAnswer } from "../../worker/protocol.ts";
import { byId, create, hiddenText, percent } from "../dom.ts";

/** Genres in the table; less probable ones are left out. */
const MAX_ROWS = 6;
/** Percentage points below which a change gets no colour. */
const FAINT = 0.5;
/** Percentage points that get the strongest colour. */
const STRONGEST = 50;

type View = "contribution" | "without" | "alone";

export interface EffectsTable {
  show(scores: readonly LabelScore[], explanation: MovieAnswer["explanation"]): void;
}

export function startEffects(): EffectsTable {
  const select = byId<HTMLSelectElement>("effects-view");
  let redraw = () => {};
  select.addEventListener("change", () => redraw());
  return {
    show(scores, explanation) {
      redraw = () => draw(scores.slice(0, MAX_ROWS), explanation, select.value as View);
      redraw();
    },
  };
}

function draw(
  scores: readonly LabelScore[],
  { inputs }: MovieAnswer["explanation"],
  view: View,
): void {
  const present = INPUT_NAMES.filter((input) => inputs[input]);
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, "Genre"),
    create("th", { scope: "col" }, "Answer"),
    ...present.map((input) => create("th", { scope: "col", "data-input": input }, nameOf(input))),
  );
  const rows = scores.map(({ label, probability }, i) =>
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
  const element = create("td", { className: "contribution" }, text, hiddenText(" points"));
  if (Math.abs(points) >= FAINT) element.dataset.sign = points > 0 ? "plus" : "minus";
  element.style.setProperty("--strength", String(Math.min(1, Math.abs(points) / STRONGEST)));
  return element;
}

function nameOf(input: InputName): string {
  return input[0]!.toUpperCase() + input.slice(1);
}
