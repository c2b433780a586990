/** Labels: those that reach their thresholds are the answer. */

import type { LabelScore } from "../../../predictor/answerTypes.ts";
import { thresholdsFor } from "../../../predictor/targets/decide.ts";
import type { LabelsSpec } from "../../../predictor/targets/labels.ts";
import { capital } from "../../strings/capital.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { create } from "../dom.ts";
import { createBars } from "./bars.ts";
import { scoredFigure, scoredMap, scoredView, scoresOf } from "./scored.ts";
import type { PageTarget, Verdict } from "./targetView.ts";

export const labels = {
  question: (_, { item, labels: plural }) => strings.targets.whatLabels(plural, item),

  createView(spec, nouns) {
    const bars = createBars(nouns.labels);
    const hint = create(
      "p",
      { className: "hint" },
      create("span", { className: "tick", "aria-hidden": "true" }),
      strings.targets.marksThreshold(nouns.label, nouns.labels),
    );
    return {
      ...scoredView,
      element: create("div", {}, bars.element, hint),
      show(answer) {
        const scores = scoresOf(answer);
        const thresholds = thresholdsOf(spec, answer);
        bars.show(scores, (label) => thresholds.get(label)!);
        return verdictOf(scores, thresholds);
      },
      effectsHead: capital(nouns.label),
      map: scoredMap(nouns.label),
      figure: {
        ...scoredFigure("map@5"),
        name: strings.targets.ranking,
        meaning: strings.targets.rankingMeaning(nouns.items, nouns.labels),
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
  const texts = strings.targets;
  const text = strings.formats.list(selected.map(({ label }) => strings.label(label)));
  if (!selected.some(reaches)) return { label: texts.notSure, text };
  const passed = scores
    .slice(0, scores.lastIndexOf(selected.at(-1)!))
    .filter((score) => !score.selected)
    .map(({ label, probability }) => ({
      label: strings.label(label),
      probability,
      threshold: thresholds.get(label)!,
    }));
  return {
    label: texts.modelSays,
    text,
    ...(passed.length > 0 ? { note: texts.passed(passed) } : {}),
  };
}

/** By label: those that the predictor decided by. */
function thresholdsOf(
  { labels: names, thresholds }: LabelsSpec,
  { explanation }: ItemAnswer,
): Map<string, number> {
  const own = thresholdsFor(thresholds, Object.keys(explanation.inputs));
  return new Map(names.map((name, i) => [name, own[i]!]));
}
