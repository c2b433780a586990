/** A bar for each label or class. */

import type { LabelScore } from "../../../predictor/answerTypes.ts";
import { strings } from "../../strings/strings.ts";
import { create, hiddenText } from "../dom.ts";

/** Bars that are shown until all are asked for; those of the answer are always shown. */
const SHORT = 6;

export interface Bars {
  readonly element: HTMLElement;
  /** @param threshold Of a label, where it has one. */
  show(scores: readonly LabelScore[], threshold?: (label: string) => number): void;
}

/** @param labels What they are, as a plural: "genres". */
export function createBars(labels: string): Bars {
  const list = create("ol", {
    className: "scores",
    id: "scores",
    "aria-label": strings.targets.mostProbableFirst(labels),
  });
  const more = create("button", { type: "button", id: "scores-more", "aria-controls": "scores" });
  let showsAll = false;
  /** Where the short list ends: no selected bar is left out, and none between two that are shown. */
  let end = 0;
  const fold = () => {
    const rows = [...list.children] as HTMLElement[];
    for (const [i, row] of rows.entries()) row.hidden = !showsAll && i >= end;
    more.hidden = end >= rows.length;
    more.setAttribute("aria-expanded", String(showsAll));
    more.textContent = showsAll
      ? strings.targets.showFewer
      : strings.targets.showAll(rows.length, labels);
  };
  more.addEventListener("click", () => {
    showsAll = !showsAll;
    fold();
  });
  return {
    element: create("div", {}, list, more),
    show(scores, threshold) {
      const known = new Map(
        [...list.children].map((row) => [(row as HTMLElement).dataset.label, row]),
      );
      // Rows are reused, so that their bars move instead of reappearing.
      list.replaceChildren(
        ...scores.map((score) => {
          const row = known.get(score.label) as HTMLLIElement | undefined;
          const shown = row ?? createRow(score.label, threshold !== undefined);
          updateRow(shown, score, threshold?.(score.label));
          return shown;
        }),
      );
      end = Math.max(SHORT, scores.findLastIndex(({ selected }) => selected) + 1);
      fold();
    },
  };
}

function createRow(label: string, hasThreshold: boolean): HTMLLIElement {
  return create(
    "li",
    { "data-label": label },
    create("span", { className: "score-name" }, strings.label(label)),
    create(
      "span",
      { className: "bar", "aria-hidden": "true" },
      create("span", { className: "bar-fill" }),
      ...(hasThreshold ? [create("span", { className: "bar-threshold" })] : []),
    ),
    create("span", { className: "score-value" }),
  );
}

function updateRow(
  row: HTMLLIElement,
  { probability, selected }: LabelScore,
  threshold: number | undefined,
): void {
  row.classList.toggle("selected", selected);
  const [, bar, value] = row.children as unknown as [Element, HTMLElement, HTMLElement];
  const [fill, tick] = bar.children as unknown as [HTMLElement, HTMLElement | undefined];
  fill.style.width = `${probability * 100}%`;
  if (tick && threshold !== undefined) tick.style.left = `${threshold * 100}%`;
  value.replaceChildren(
    strings.formats.percent(probability),
    hiddenText(inWords(probability, selected, threshold)),
  );
}

function inWords(probability: number, selected: boolean, threshold: number | undefined): string {
  const texts = strings.targets;
  if (threshold === undefined) return selected ? texts.isAnswer : "";
  return probability >= threshold ? texts.reaches : texts.threshold(threshold);
}
