/** Classes: the most probable one is the answer. */

import type { ClassSpec } from "../../../predictor/targets/class.ts";
import { capital } from "../../strings/capital.ts";
import { strings } from "../../strings/strings.ts";
import { createBars } from "./bars.ts";
import { scoredFigure, scoredMap, scoredView, scoresOf } from "./scored.ts";
import type { PageTarget } from "./targetView.ts";

export const classTarget = {
  question: (_, { item, label }) => strings.targets.whichClass(label, item),

  createView(_, nouns) {
    const bars = createBars(nouns.labels);
    return {
      ...scoredView,
      element: bars.element,
      show(answer) {
        const scores = scoresOf(answer);
        bars.show(scores);
        return { label: strings.targets.modelSays, text: strings.label(scores[0]!.label) };
      },
      effectsHead: capital(nouns.label),
      map: scoredMap(nouns.label),
      figure: {
        ...scoredFigure("accuracy"),
        name: strings.targets.accuracy,
        meaning: strings.targets.accuracyMeaning(nouns.items),
      },
    };
  },
} satisfies PageTarget<ClassSpec>;
