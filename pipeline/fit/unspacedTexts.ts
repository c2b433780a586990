/** Texts without spaces between words, of which a model reads words alone. */

import { flagOf } from "../../node/options/setting.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";
import { textNames, textOf } from "../dataset/inputs.ts";
import { createUnspacedCheck } from "../dataset/unspaced.ts";
import type { FitResult } from "./fit.ts";

/** Warnings that say what to do, one for each such input. */
export function unspacedWarnings({
  training,
  spec,
}: Pick<FitResult, "training" | "spec">): string[] {
  return textNames(spec).flatMap((input) => {
    const { ngrams, group = input, tokenizer } = spec[input] as TextSpec;
    if (ngrams.buckets > 0 || tokenizer !== undefined) return [];
    const check = createUnspacedCheck();
    for (const { source } of training) check.add(textOf(source, input));
    if (!check.result()) return [];
    return `${input} has no spaces between words, so that whole sentences count as words, of which little can be learned. Say "spaces": false of it in dataset.json, or give ${flagOf([group, "buckets"])} and ${flagOf([group, "piecesPerWord"])}, so that characters are read that stand together.`;
  });
}
