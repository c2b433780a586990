/** A bar for each label or class. */

import type { LabelScore } from "../../../predictor/answerTypes.ts";
import { create, hiddenText, percent } from "../dom.ts";

export interface Bars {
  readonly element: HTMLOListElement;
  /** @param threshold Of a label, where it has one. */
  show(scores: readonly LabelScore[], threshold?: (label: string) => number): void;
}

/** @param name For screen readers. */
export function createBars(name: string): Bars {
  const element = create("ol", { className: "scores", id: "scores", "aria-label": name });
  return {
    element,
    show(scores, threshold) {
      const known = new Map(
        [...element.children].map((row) => [(row as HTMLElement).dataset.label, row]),
      );
      // Rows are reused, so that their bars move instead of appearing anew.
      element.replaceChildren(
        ...scores.map((score) => {
          const row = known.get(score.label) as HTMLLIElement | undefined;
          const shown = row ?? createRow(score.label, threshold !== undefined);
          updateRow(shown, score, threshold?.(score.label));
          return shown;
        }),
      );
    },
  };
}

function createRow(label: string, hasThreshold: boolean): HTMLLIElement {
  return create(
    "li",
    { "data-label": label },
    create("span", { className: "score-name" }, label),
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
    percent(probability),
    hiddenText(inWords(probability, selected, threshold)),
  );
}

function inWords(probability: number, selected: boolean, threshold: number | undefined): string {
  if (threshold === undefined) return selected ? ", the answer" : "";
  return probability >= threshold ? ", reaches its threshold" : `, threshold ${percent(threshold)}`;
}
