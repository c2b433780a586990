/** Classes: the most probable one is the answer. */

import type { ClassSpec } from "../../../predictor/targets/class.ts";
import { capital } from "../wording.ts";
import { createBars } from "./bars.ts";
import { scoredFigure, scoredMap, scoredView, scoresOf } from "./scored.ts";
import type { PageTarget } from "./targetView.ts";

export const classTarget = {
  question: (_, { item, label }) => `Which ${label} does this ${item} belong to?`,

  createView(_, nouns) {
    const bars = createBars(nouns.labels);
    return {
      ...scoredView,
      element: bars.element,
      show(answer) {
        const scores = scoresOf(answer);
        bars.show(scores);
        return { label: "The model says", text: scores[0]!.label };
      },
      effectsHead: capital(nouns.label),
      map: scoredMap(nouns.label),
      figure: {
        ...scoredFigure("accuracy"),
        name: "accuracy",
        meaning: `Share of right answers (0 to 1), measured on test ${nouns.items}`,
      },
    };
  },
} satisfies PageTarget<ClassSpec>;
