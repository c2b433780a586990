/** Texts that are longer than what the model reads of them. */

import { flagOf } from "../../node/options/setting.ts";
import { readWords, type TextFeatures, type TextSpec } from "../../predictor/inputs/text.ts";
import { type CutTexts, countCut, countTexts, isWorthAWarning } from "../dataset/cutTexts.ts";
import { textNames, textOf } from "../dataset/inputs.ts";
import type { FitResult } from "./fit.ts";

/** Counts the cut texts of every text input. */
export function cutTexts({ training, spec }: Pick<FitResult, "training" | "spec">): CutTexts[] {
  return textNames(spec).map((input) => {
    const text = spec[input] as TextSpec;
    const { maxWords, group = input } = text;
    const words = training.map(({ source, features }) => {
      const kept = (features[input] as TextFeatures | undefined)?.words.length ?? 0;
      // Where a text fills all places, only the words themselves tell how many there are.
      return kept < maxWords ? kept : readWords(textOf(source, input), text).length;
    });
    return countCut({ input, group, maxWords }, countTexts(words));
  });
}

/** A warning that says what to do; undefined where few texts are cut. */
export function cutWarning(counted: CutTexts): string | undefined {
  if (!isWorthAWarning(counted)) return undefined;
  const { input, group, maxWords, texts, cut, enough } = counted;
  const flag = flagOf([group, "maxWords"]);
  return `${cut} of ${texts} training texts in ${input} (${percent(cut / texts)}) are longer than the ${maxWords} words that are read of each. To read nearly all of them whole, give ${flag} ${enough}.`;
}

/** For the report: "title, training texts of more than 12 words" -> "3.2 % of 190". */
export function cutFacts(all: readonly CutTexts[]): Record<string, string> {
  return Object.fromEntries(
    all.map(({ input, maxWords, texts, cut }) => [
      `${input}, training texts of more than ${maxWords} words`,
      texts === 0 ? "none" : `${percent(cut / texts)} of ${texts}`,
    ]),
  );
}

function percent(share: number): string {
  const text = (100 * share).toFixed(1);
  return `${text.endsWith(".0") ? text.slice(0, -2) : text} %`;
}
