/** The answer in a line at the foot of narrow screens, while the answer itself is out of sight. */

import { byId } from "../dom.ts";

export interface Peek {
  /** @param text Empty: there is no answer. */
  show(text: string): void;
}

export function startPeek(): Peek {
  const [peek, place] = [byId("peek"), byId("peek-text")];
  let inSight = false;
  const update = () => {
    peek.hidden = inSight || place.textContent === "";
  };
  new IntersectionObserver((entries) => {
    inSight = entries.at(-1)!.isIntersecting;
    update();
  }).observe(byId("answer"));
  return {
    show(text) {
      place.textContent = text;
      update();
    },
  };
}
