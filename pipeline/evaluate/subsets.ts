/** The exported graph's probabilities for every subset of the inputs, computed by the predictor. */

import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupOf, groupsOf, type ItemFeatures, keepGroups } from "../../predictor/item.ts";
import type { Predictor } from "../../predictor/predictor.ts";
import { subsetMasks } from "../common/subsets.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type EncodedMovie, moviesPerBatch, ratingCount, withPoster } from "../fit/prepare.ts";
import type { SubsetScores } from "./evaluate.ts";

/** Most movies per run of the graph; affects only memory. */
const BATCH = 32;

/** Probabilities from the given inputs alone [movies, L]. */
export async function scoreMovies(
  predictor: Predictor,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
  inputs: readonly string[] = groupNames(predictor),
): Promise<Float32Array> {
  // Movies with similar numbers of ratings share a batch, so that little of it is padding.
  const order = [...movies.keys()].sort(
    (a, b) => ratingCount(movies[a]!) - ratingCount(movies[b]!),
  );
  let scores = new Float32Array(0);
  const size = moviesPerBatch(movies, BATCH);
  for (let start = 0; start < order.length; start += size) {
    const part = order.slice(start, start + size);
    const batch = await predictor.outputs(
      part.map((i) => onlyInputs(inputs, movies[i]!, { inputs: predictor.inputs, posters })),
    );
    const labels = batch.length / part.length;
    if (scores.length === 0) scores = new Float32Array(movies.length * labels);
    for (const [j, i] of part.entries()) {
      scores.set(batch.subarray(j * labels, (j + 1) * labels), i * labels);
    }
  }
  return scores;
}

/** One row per non-empty subset, the full one first. */
export async function scoreSubsets(
  predictor: Predictor,
  movies: readonly EncodedMovie[],
  posters: PosterStore,
): Promise<SubsetScores[]> {
  const rows: SubsetScores[] = [];
  const groups = groupNames(predictor);
  for (const inputs of subsets(groups)) {
    const scores = await scoreMovies(predictor, movies, posters, inputs);
    rows.push({ name: subsetName(inputs, groups), inputs, scores });
  }
  return rows;
}

/** @param groups All groups of inputs. */
export function subsetName(inputs: readonly string[], groups: readonly string[]): string {
  return inputs.length === groups.length ? "all inputs" : inputs.join(" + ");
}

/** Non-empty subsets of the inputs, larger ones first; see `subsetMasks`. */
export function subsets(groups: readonly string[]): string[][] {
  const all = subsetMasks(groups.length).map((mask) =>
    groups.filter((_, m) => Math.floor(mask / 2 ** m) % 2 === 1),
  );
  return all.sort((a, b) => b.length - a.length);
}

/** The movie's features without the other inputs. */
function onlyInputs(
  inputs: readonly string[],
  movie: EncodedMovie,
  { inputs: specs, posters }: { readonly inputs: InputSpecs; readonly posters: PosterStore },
): ItemFeatures {
  const seen = Object.keys(movie.images).filter((name) =>
    inputs.includes(groupOf(name, specs[name]!)),
  );
  const features = withPoster(movie, posters, seen);
  return keepGroups(features, specs, inputs);
}

/** Names of the groups of inputs, in order. */
export function groupNames({ inputs }: Pick<Predictor, "inputs">): string[] {
  return [...groupsOf(inputs).keys()];
}
