/** What the fit stage has to know of a type of input: a row of this form in `pipeline/inputs/TYPE/fit.ts`. */

import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { Dataset, LabelledMovie } from "../dataset/dataset.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { FittedTarget } from "../targets/targetRules.ts";
import type { EncodedMovie } from "./prepare.ts";

export interface FitContext {
  readonly config: Config;
  readonly dataset: Dataset;
  /** Movies that preprocessing is fitted to. */
  readonly seen: readonly LabelledMovie[];
  readonly training: readonly LabelledMovie[];
  readonly target: FittedTarget;
  /** Set where preprocessing is fitted to other movies than the training ones: without looking at labels. */
  readonly basis: readonly LabelledMovie[] | undefined;
  readonly random: Random;
}

/**
 * @typeParam Declared What the data set says of the input.
 * @typeParam Fitted With what was fitted to the training movies.
 * @typeParam Draft The same without what is fitted to encoded movies.
 */
export interface InputFit<Declared, Fitted, Draft = Fitted> {
  fit(name: string, declared: Declared, context: FitContext): Draft | Promise<Draft>;
  /** @param movies That preprocessing is fitted to. */
  readonly finish?: (
    name: string,
    draft: Draft,
    movies: readonly EncodedMovie[],
    posters: PosterStore,
  ) => Fitted;
  /** Several inputs of a group as the one that its tower is of; undefined where inputs do not share towers. */
  readonly join?: (inputs: readonly Fitted[]) => Fitted;
}
