/** Training batches of each tower as typed arrays. */

import { typeOf } from "../../predictor/inputs/types.ts";
import type { ItemFeatures } from "../../predictor/item.ts";
import type { Random } from "../common/random.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import { makeInputsOf } from "../inputs/batches.ts";
import { groupNamed, type ModelInputs } from "../model/modelInputs.ts";
import type { BatchSource, TowerInputs } from "./inputBatches.ts";

/** Whether a movie has an input of a group. */
export function hasInput(
  movie: EncodedMovie,
  { inputs }: Pick<BatchSource, "inputs">,
  group: string,
): boolean {
  return groupNamed(inputs, group).members.some((name) => has(movie, inputs, name));
}

function has(movie: EncodedMovie, inputs: ModelInputs, name: string): boolean {
  // Images stay on disk until a batch needs them.
  if (name in movie.images) return true;
  const { spec } = inputs[name]!;
  return typeOf(spec).isPresent((movie.features as ItemFeatures)[name]);
}

/**
 * A tower's inputs for movies that all have an input of its group.
 *
 * @param random Augments the movies for training; without it, they are not changed.
 */
export function towerInputs(
  group: string,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  random?: Random,
): TowerInputs {
  const named = groupNamed(source.inputs, group);
  return makeInputsOf(named)(named, movies, source, random);
}
