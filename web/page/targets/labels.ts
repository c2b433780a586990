/** Labels: those that reach their thresholds are the answer. */

import { thresholdsFor } from "../../../predictor/targets/decide.ts";
import type { LabelsSpec } from "../../../predictor/targets/labels.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { create } from "../dom.ts";
import { capital, listed } from "../wording.ts";
import { createBars } from "./bars.ts";
import { scoredFigure, scoredMap, scoredView, scoresOf } from "./scored.ts";
import type { PageTarget } from "./targetView.ts";

export const labels = {
  question: (_, { item, labels: plural }) => `What ${plural} does this ${item} belong to?`,

  createView(spec, nouns) {
    const bars = createBars(`${capital(nouns.labels)}, most probable first`);
    const hint = create(
      "p",
      { className: "hint" },
      create("span", { className: "tick", "aria-hidden": "true" }),
      ` marks each ${nouns.label}'s threshold. The ${nouns.labels} that reach theirs are the answer, and the most probable one.`,
    );
    return {
      ...scoredView,
      element: create("div", {}, bars.element, hint),
      show(answer) {
        const scores = scoresOf(answer);
        const thresholds = thresholdsOf(spec, answer);
        bars.show(scores, (label) => thresholds.get(label)!);
        const selected = scores.filter((score) => score.selected);
        const isSure = selected.some(
          ({ label, probability }) => probability >= thresholds.get(label)!,
        );
        return {
          label: isSure ? "The model says" : "Not sure. Best guess:",
          text: listed(selected.map(({ label }) => label)),
        };
      },
      effectsHead: capital(nouns.label),
      map: scoredMap(nouns.label),
      figure: {
        ...scoredFigure("map@5"),
        name: "ranking precision",
        meaning: `Mean average precision of the top five ${nouns.labels} (0 to 1), measured on test ${nouns.items}`,
      },
    };
  },
} satisfies PageTarget<LabelsSpec>;

/** By label: those that the predictor decided by. */
function thresholdsOf(
  { labels: names, thresholds }: LabelsSpec,
  { explanation }: ItemAnswer,
): Map<string, number> {
  const own = thresholdsFor(thresholds, Object.keys(explanation.inputs));
  return new Map(names.map((name, i) => [name, own[i]!]));
}
