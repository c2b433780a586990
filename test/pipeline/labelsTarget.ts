/** A target of labels, for tests of what trains and evaluates them. */

import type { Grouping } from "../../pipeline/evaluate/facts.ts";
import type { FittedTarget } from "../../pipeline/targets/targetRules.ts";
import { MOVIE_NOUNS } from "../../predictor/nouns.ts";

/** What movies are grouped by. */
export const MOVIE_GROUPING: Grouping = { nouns: MOVIE_NOUNS, images: ["poster"], rated: true };

/** @param prior Logits; default: 0 for each. */
export function labelsTarget(
  outputs: readonly string[] | number,
  prior?: Float32Array,
): FittedTarget {
  const names =
    typeof outputs === "number"
      ? Array.from({ length: outputs }, (_, label) => `label ${label}`)
      : outputs;
  return { type: "labels", outputs: names, prior: prior ?? new Float32Array(names.length) };
}

/** The target with these logits as its prior. */
export function withPrior(prior: Float32Array): FittedTarget {
  return labelsTarget(prior.length, prior);
}
