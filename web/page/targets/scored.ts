/** What targets with a score for each of several names have in common. */

import type {
  LabelScore,
  ScoredAnswer,
  ScoredContribution,
} from "../../../predictor/answerTypes.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import {
  type EffectCell,
  type EffectRow,
  type Figure,
  type MapWords,
  signed,
  type TargetView,
} from "./targetView.ts";

/** Rows of the table; less probable ones are left out. */
const MAX_ROWS = 6;
/** Percentage points below which a change gets no colour. */
const FAINT = 0.5;
/** Percentage points that get the strongest colour. */
const STRONGEST = 50;
/** A drop of probability from which on the strongest colour is used: smaller ones are not exaggerated. */
const NOTABLE = 0.02;
/** Percentage points below which no part of a file counts as supporting a label. */
const NEGLIGIBLE = 0.05;

/** All of them, most probable first. */
export function scoresOf(answer: ItemAnswer): readonly LabelScore[] {
  return (answer as ScoredAnswer).scores;
}

export const scoredView = {
  summarise: (answer) =>
    scoresOf(answer)
      .slice(0, 3)
      .map(
        ({ label, probability }) =>
          `${strings.label(label)} ${strings.formats.percent(probability)}`,
      )
      .join(", "),

  views: () => ({
    contribution: strings.targets.changeInPoints,
    without: strings.targets.probabilityWithout,
    alone: strings.targets.probabilityAlone,
  }),

  effects: (answer) =>
    scoresOf(answer)
      .slice(0, MAX_ROWS)
      .map(
        ({ label, probability }, i): EffectRow => ({
          name: strings.label(label),
          answer: strings.formats.percent(probability),
          cell(group, view) {
            const effect = answer.explanation.inputs[group] as unknown as ScoredContribution;
            const value = effect.scores[i]![view];
            if (view !== "contribution") return { text: strings.formats.percent(value) };
            return inPoints(value * 100);
          },
        }),
      ),

  compare(first, second) {
    const [from, to] = [probabilitiesOf(first), probabilitiesOf(second)];
    const most = (label: string) => Math.max(from.get(label)!, to.get(label)!);
    return [...from.keys()]
      .sort((a, b) => most(b) - most(a))
      .slice(0, MAX_ROWS)
      .map((label) => ({
        name: strings.label(label),
        first: strings.formats.percent(from.get(label)!),
        second: strings.formats.percent(to.get(label)!),
        change: inPoints((to.get(label)! - from.get(label)!) * 100),
      }));
  },

  outputs: (answer) => scoresOf(answer).map(({ label }) => label),
} satisfies Partial<TargetView>;

function probabilitiesOf(answer: ItemAnswer): Map<string, number> {
  return new Map(scoresOf(answer).map(({ label, probability }) => [label, probability]));
}

/** @param points Percentage points that something changed. */
function inPoints(points: number): EffectCell {
  return {
    text: signed(points, (magnitude) => strings.formats.number(magnitude, 0)),
    unit: strings.targets.points,
    ...(Math.abs(points) < FAINT ? {} : { strength: points / STRONGEST }),
  };
}

/** A figure from 0 to 1. @param metric Its name in the manifest. */
export function scoredFigure(metric: string): Omit<Figure, "name" | "meaning"> {
  return {
    key: (groups) => subsetMetric(groups, metric),
    better: "larger",
    worthwhile: 0.01,
    write: (value) => strings.formats.number(value, 2),
  };
}

export function scoredMap(label: string): MapWords {
  return {
    quantity: strings.targets.itsProbability(label),
    ends: strings.targets.againstFor(label),
    notable: NOTABLE,
    describe({ output, noun, place, drop }) {
      const points = drop * 100;
      const name = strings.label(output);
      return points < NEGLIGIBLE
        ? strings.targets.nothingSupports(noun, name)
        : strings.targets.mattersMost(place, name, strings.formats.number(points, 1));
    },
  };
}
