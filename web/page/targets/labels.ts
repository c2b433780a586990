/** Labels: those that reach their thresholds are the answer. */

import type { LabelsSpec } from "../../../predictor/targets/labels.ts";
import type { LabelScore } from "../../../predictor/targets/targetType.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { create, percent } from "../dom.ts";
import { capital, listed } from "../wording.ts";
import { createBars } from "./bars.ts";
import { scoredFigure, scoredMap, scoredView, scoresOf } from "./scored.ts";
import type { PageTarget, Verdict } from "./targetView.ts";

export const labels = {
  question: (_, { item, labels: plural }) => `What ${plural} does this ${item} belong to?`,

  createView(spec, nouns) {
    const bars = createBars(nouns.labels);
    const hint = create(
      "p",
      { className: "hint" },
      create("span", { className: "tick", "aria-hidden": "true" }),
      ` marks each ${nouns.label}'s threshold. The ${nouns.labels} that reach theirs are the answer.`,
    );
    return {
      ...scoredView,
      element: create("div", {}, bars.element, hint),
      show(answer) {
        const scores = scoresOf(answer);
        const thresholds = thresholdsFor(spec, answer);
        bars.show(scores, (label) => thresholds.get(label)!);
        return verdictOf(scores, thresholds);
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

/**
 * The answer in words, which name exactly the labels whose bars are marked.
 *
 * @param scores Most probable first.
 * @param thresholds By label.
 * @returns With a note where a label that is left out is more probable than one of the answer: thresholds differ by label.
 */
export function verdictOf(
  scores: readonly LabelScore[],
  thresholds: ReadonlyMap<string, number>,
): Verdict {
  const reaches = ({ label, probability }: LabelScore) => probability >= thresholds.get(label)!;
  const selected = scores.filter((score) => score.selected);
  const text = listed(selected.map(({ label }) => label));
  if (!selected.some(reaches)) return { label: "Not sure. Best guess:", text };
  const last = scores.lastIndexOf(selected.at(-1)!);
  const passed = scores.slice(0, last).filter((score) => !score.selected);
  if (passed.length === 0) return { label: "The model says", text };
  const parts = passed.map(
    ({ label, probability }) =>
      `${label} (${percent(probability, 1)}, threshold ${percent(thresholds.get(label)!, 1)})`,
  );
  const is = passed.length === 1 ? "is" : "are";
  return {
    label: "The model says",
    text,
    note: `${listed(parts)} ${is} likely, too, but below ${passed.length === 1 ? "its" : "their"} threshold.`,
  };
}

/** By label; one for all where the item has exactly the groups of inputs of a subset, as in the predictor. */
function thresholdsFor(
  { labels: names, thresholds: { perLabel, subsets } }: LabelsSpec,
  { explanation }: ItemAnswer,
): Map<string, number> {
  const present = Object.keys(explanation.inputs);
  const subset = subsets.find(
    ({ groups }) =>
      groups.length === present.length && groups.every((group) => present.includes(group)),
  );
  return new Map(names.map((name, i) => [name, subset?.threshold ?? perLabel[i]!]));
}
