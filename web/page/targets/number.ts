/** A number, on a scale from the smallest to the largest that training saw. */

import type { NumberAnswer, NumberContribution } from "../../../predictor/answerTypes.ts";
import { subsetMetric } from "../../../predictor/subsetMetric.ts";
import type { NumberTargetSpec } from "../../../predictor/targets/number.ts";
import { strings } from "../../strings/strings.ts";
import type { ItemAnswer } from "../../worker/protocol.ts";
import { create } from "../dom.ts";
import { type EffectCell, type PageTarget, signed } from "./targetView.ts";

/** Digits behind the point of a number on a scale 1 wide. */
const DIGITS = 2;
/** What every browser writes at most. */
const MAX_DIGITS = 20;
/** Share of the scale below which a change gets no colour, */
const FAINT = 0.005;
/** that gets the strongest colour, */
const STRONGEST = 0.5;
/** the same for parts of a file, */
const NOTABLE = 0.02;
/** below which a mean error hardly changes, */
const WORTHWHILE = 0.002;
/** and below which no part of a file counts. */
const NEGLIGIBLE = 0.0005;

export const numberTarget = {
  question: ({ name }, { item }) => strings.targets.whatNumber(name, item),

  createView(spec, { items }) {
    const texts = strings.targets;
    const { name, min, max } = spec;
    const range = max > min ? max - min : 1;
    const write = writer(range);
    const changed = (by: number): EffectCell => ({
      text: signed(by, write),
      ...(Math.abs(by) / range < FAINT ? {} : { strength: by / range / STRONGEST }),
    });
    const mark = create("span", { className: "scale-mark" });
    const element = create(
      "div",
      {},
      create(
        "div",
        { className: "number-scale", id: "number-scale", "aria-hidden": "true" },
        create("span", {}, write(min)),
        create("span", { className: "bar" }, mark),
        create("span", {}, write(max)),
      ),
      create("p", { className: "hint" }, texts.scale(items, write(min), write(max))),
    );
    return {
      element,
      show(answer) {
        const share = (predictedBy(answer) - min) / range;
        mark.style.left = `${Math.min(1, Math.max(0, share)) * 100}%`;
        return { label: name, text: write(predictedBy(answer)) };
      },
      summarise: (answer) => `${name} ${write(predictedBy(answer))}`,
      views: () => ({
        contribution: texts.changeOf(name),
        without: texts.valueWithout(name),
        alone: texts.valueAlone(name),
      }),
      effectsHead: texts.predicted,
      effects: (answer) => [
        {
          name,
          answer: write(predictedBy(answer)),
          cell(group, view) {
            const effect = answer.explanation.inputs[group] as unknown as NumberContribution;
            const value = effect[view];
            return view === "contribution" ? changed(value) : { text: write(value) };
          },
        },
      ],
      compare: (first, second) => [
        {
          name,
          first: write(predictedBy(first)),
          second: write(predictedBy(second)),
          change: changed(predictedBy(second) - predictedBy(first)),
        },
      ],
      outputs: () => [name],
      figure: {
        key: (groups) => subsetMetric(groups, "mae"),
        better: "smaller",
        worthwhile: WORTHWHILE * range,
        write,
        name: texts.meanError,
        meaning: texts.meanErrorMeaning(name, items),
      },
      map: {
        quantity: texts.theNumber(name),
        ends: texts.lowersRaises,
        notable: NOTABLE * range,
        describe: ({ noun, place, drop }) =>
          drop / range < NEGLIGIBLE
            ? texts.nothingRaises(noun, name)
            : texts.mattersMostForNumber(place, name, write(drop)),
      },
    };
  },
} satisfies PageTarget<NumberTargetSpec>;

function predictedBy(answer: ItemAnswer): number {
  return (answer as unknown as NumberAnswer).value;
}

/** Writes numbers with as many digits as the width of the scale calls for. */
function writer(range: number): (value: number) => string {
  const digits = Math.min(MAX_DIGITS, Math.max(0, DIGITS - Math.floor(Math.log10(range))));
  return (value) => strings.formats.number(value, digits);
}
