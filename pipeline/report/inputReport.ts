/** What reports say of inputs and their towers: rows of this form are in `pipeline/inputs/TYPE/report.ts`. */

import type { PosterStore } from "../dataset/posterCache.ts";
import type { TowerInput } from "../model/modelInputs.ts";
import type { GroupOf } from "../model/towerType.ts";

export type Facts = Record<string, string | number>;

/** What was fitted to an input, as a table's rows. */
export type InputFacts<Input> = (input: Input, name: string, posters: PosterStore) => Facts;

/** A value of an input as `npm run predict` takes it, for texts that show how the command is called. */
export interface PredictExample<Spec> {
  readonly value: (spec: Spec, name: string) => string;
  /** The value names a file, which a reader has to have first. */
  readonly isFile?: true;
}

export interface TowerWords {
  /** "movie" */
  readonly item: string;
  /** "movies" */
  readonly items: string;
  /** "one logistic regression per genre" */
  readonly regression: string;
  /** "one linear support vector machine per genre"; undefined where a target has none. */
  readonly margins?: string | undefined;
  readonly labels: string;
}

/** How a tower computes its logits: the rest of a sentence that begins with its name. */
export type DescribeTower<Main extends TowerInput> = (
  group: GroupOf<Main>,
  words: TowerWords,
) => string;
