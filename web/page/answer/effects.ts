/** A table of how each group of inputs changed the answer. */

import { capital } from "../../strings/capital.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { byId, create, hiddenText } from "../dom.ts";
import { hueOf } from "../form/form.ts";
import type { EffectCell, TargetView, View } from "../targets/targetView.ts";
import { readable } from "../wording.ts";

export interface EffectsTable {
  show(answer: ItemAnswer): void;
}

/** @param groups Names of all groups, in order. */
export function startEffects(target: TargetView, groups: readonly string[]): EffectsTable {
  const select = byId<HTMLSelectElement>("effects-view");
  select.replaceChildren(
    ...Object.entries(target.views()).map(([value, text]) => create("option", { value }, text)),
  );
  makeScrollable(byId("effects-scroll"), byId("effects-table"));
  let redraw = () => {};
  select.addEventListener("change", () => redraw());
  return {
    show(answer) {
      redraw = () => draw(answer, { target, groups, view: select.value as View });
      redraw();
    },
  };
}

/** The keyboard can only scroll what can have the focus. */
export function makeScrollable(place: HTMLElement, content: HTMLElement): void {
  const watcher = new ResizeObserver(() => {
    if (place.scrollWidth > place.clientWidth) place.tabIndex = 0;
    else place.removeAttribute("tabindex");
  });
  watcher.observe(place);
  watcher.observe(content);
}

interface Drawing {
  readonly target: TargetView;
  readonly groups: readonly string[];
  readonly view: View;
}

function draw(answer: ItemAnswer, { target, groups, view }: Drawing): void {
  const { inputs } = answer.explanation;
  const present = groups.filter((group) => inputs[group]);
  const head = create(
    "tr",
    {},
    create("th", { scope: "col" }, target.effectsHead),
    create("th", { scope: "col" }, strings.answer.answerColumn),
    ...present.map((group) => columnHead(group, groups.indexOf(group))),
  );
  const rows = target
    .effects(answer)
    .map((row) =>
      create(
        "tr",
        {},
        create("th", { scope: "row" }, row.name),
        create("td", {}, row.answer),
        ...present.map((group) => cell(row.cell(group, view), view)),
      ),
    );
  const weights = create(
    "tr",
    { className: "weights" },
    create("th", { scope: "row" }, strings.answer.weight),
    create("td"),
    ...present.map((group) => create("td", {}, strings.formats.number(inputs[group]!.weight, 2))),
  );
  byId("effects-table").replaceChildren(
    create("thead", {}, head),
    create("tbody", {}, ...rows, weights),
  );
}

function columnHead(group: string, position: number): HTMLTableCellElement {
  const head = create("th", { scope: "col", "data-input": group }, capital(readable(group)));
  head.style.setProperty("--hue", hueOf(position));
  return head;
}

function cell(effect: EffectCell, view: View): HTMLTableCellElement {
  return view === "contribution" ? changeCell(effect) : create("td", {}, effect.text);
}

/** Coloured by how strong the change is. */
export function changeCell({ text, unit, strength }: EffectCell): HTMLTableCellElement {
  const element = create("td", { className: "contribution" }, text);
  if (unit !== undefined) element.append(hiddenText(unit));
  if (strength !== undefined) {
    element.dataset.sign = strength > 0 ? "plus" : "minus";
    element.style.setProperty("--strength", String(Math.min(1, Math.abs(strength))));
  }
  return element;
}
