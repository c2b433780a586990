/** The answer in one line at the bottom of narrow screens, while the answer itself is scrolled out of view. */

import { byId } from "../dom.ts";

export interface SummaryBar {
  /** @param text Empty where there is no answer. */
  show(text: string): void;
}

export function startSummaryBar(): SummaryBar {
  const [bar, summary] = [byId("summary-bar"), byId("summary")];
  let answerInView = false;
  const update = () => {
    bar.hidden = answerInView || summary.textContent === "";
  };
  new IntersectionObserver((entries) => {
    answerInView = entries.at(-1)!.isIntersecting;
    update();
  }).observe(byId("answer"));
  return {
    show(text) {
      summary.textContent = text;
      update();
    },
  };
}
