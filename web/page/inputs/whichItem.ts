/** Asks which item is meant, where a file has the ratings of several. */

import type { Nouns } from "../../../predictor/nouns.ts";
import { strings } from "../../strings/strings.ts";
import { create, labelled } from "../dom.ts";

/** Items that are suggested; more only slow the browser down. */
const MAX_SUGGESTIONS = 1000;

export interface WhichItem {
  readonly element: HTMLElement;
  /**
   * @param from The file's name.
   * @param column The name of its column that says which item a rating is of.
   * @param items What stands there.
   * @returns One of them; never settles where the user does something else.
   */
  ask(from: string, column: string, items: readonly string[]): Promise<string>;
  hide(): void;
}

interface WhichItemOptions {
  readonly nouns: Nouns;
  readonly id: (part: string) => string;
  readonly showError: (message: string | undefined) => void;
}

export function createWhichItem({ nouns, id, showError }: WhichItemOptions): WhichItem {
  const question = create("p", { id: id("which-question") });
  const suggestions = create("datalist", { id: id("which-items") });
  const control = create("input", { id: id("which"), type: "text", autocomplete: "off" });
  control.setAttribute("list", suggestions.id);
  control.setAttribute("aria-describedby", question.id);
  const use = create("button", { type: "button" }, strings.inputs.useItsRatings);
  const cancel = create("button", { type: "button" }, strings.inputs.cancel);
  const field = labelled("", control);
  const element = create(
    "div",
    { className: "which", id: id("which-item"), hidden: true },
    question,
    field,
    suggestions,
    create("div", { className: "buttons" }, use, cancel),
  );
  let decide = () => {};
  const hide = () => {
    element.hidden = true;
    showError(undefined);
  };
  use.addEventListener("click", () => decide());
  cancel.addEventListener("click", hide);
  control.addEventListener("keydown", (event) => {
    if (event.key === "Enter") decide();
  });
  return {
    element,
    hide,
    ask: (from, column, items) =>
      new Promise((resolve) => {
        const texts = strings.inputs;
        question.textContent = texts.whichItem(from, items.length, nouns.items);
        field.firstElementChild!.textContent = texts.itemByColumn(nouns.item, column);
        suggestions.replaceChildren(
          ...items.slice(0, MAX_SUGGESTIONS).map((value) => create("option", { value })),
        );
        control.value = "";
        element.hidden = false;
        control.focus();
        decide = () => {
          const item = control.value.trim();
          if (!items.includes(item)) {
            showError(texts.noRatingsOf(from, column, item));
            return;
          }
          hide();
          resolve(item);
        };
      }),
  };
}
