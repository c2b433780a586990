/** Texts that are longer than what the model reads of them. */

import { flagOf } from "../../node/options/setting.ts";
import { readWords, type TextFeatures, type TextSpec } from "../../predictor/inputs/text.ts";
import { textNames, textOf } from "../dataset/inputs.ts";
import type { FitResult } from "./fit.ts";

/** How many of an input's training texts are cut. */
export interface CutTexts {
  readonly input: string;
  /** Under which the options of its tower are. */
  readonly group: string;
  /** Words kept per text. */
  readonly maxWords: number;
  /** Number of texts that have a word. */
  readonly texts: number;
  /** Number of them that have more words to read than are kept, see `readWords`. */
  readonly cut: number;
  /** With so many words kept, at most one text of a hundred would be cut. */
  readonly enough: number;
}

/** A smaller share of cut texts, 0 to 1, is in the report alone. */
const WORTH_A_WARNING = 0.03;
/** Share of the texts that `enough` keeps whole. */
const MOST = 0.99;

/** Counts the cut texts of every text input. */
export function cutTexts({ training, spec }: Pick<FitResult, "training" | "spec">): CutTexts[] {
  return textNames(spec).map((input) => {
    const text = spec[input] as TextSpec;
    const { maxWords, group = input } = text;
    const lengths = training.flatMap(({ source, features }) => {
      const kept = (features[input] as TextFeatures | undefined)?.words.length ?? 0;
      if (kept === 0) return [];
      // Where a text fills all places, only the words themselves tell how many there are.
      return kept < maxWords ? kept : readWords(textOf(source, input), text).length;
    });
    lengths.sort((a, b) => a - b);
    return {
      ...{ input, group, maxWords, texts: lengths.length },
      cut: lengths.filter((words) => words > maxWords).length,
      enough: lengths[Math.ceil(MOST * lengths.length) - 1] ?? 0,
    };
  });
}

/** A warning that says what to do; undefined where few texts are cut. */
export function cutWarning({
  input,
  group,
  maxWords,
  texts,
  cut,
  enough,
}: CutTexts): string | undefined {
  if (cut < WORTH_A_WARNING * texts || cut === 0) return undefined;
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
