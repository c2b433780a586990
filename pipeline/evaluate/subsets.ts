/** What the exported graph answers for every subset of the modalities, through the predictor. */

import { MODALITIES, type Modality, type Predictor } from "../../predictor/predictor.ts";
import type { MovieFeatures } from "../../predictor/preprocess/features.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import { type PreparedMovie, withPoster } from "../fit/prepare.ts";
import type { SubsetScores } from "./evaluate.ts";

const BATCH = 32;

/** Probabilities of the graph for movies of which it is shown the given modalities only: [movies, L]. */
export async function scoreMovies(
  predictor: Predictor,
  movies: readonly PreparedMovie[],
  posters: PosterStore,
  modalities: readonly Modality[] = MODALITIES,
): Promise<Float32Array> {
  // Movies with like numbers of ratings share a batch, so that little of it is padding.
  const order = [...movies.keys()].sort(
    (a, b) => movies[a]!.features.ratingUsers.length - movies[b]!.features.ratingUsers.length,
  );
  let scores = new Float32Array(0);
  for (let start = 0; start < order.length; start += BATCH) {
    const part = order.slice(start, start + BATCH);
    const found = await predictor.probabilities(
      part.map((i) => only(modalities, movies[i]!, posters)),
    );
    const labels = found.length / part.length;
    if (scores.length === 0) scores = new Float32Array(movies.length * labels);
    for (const [j, i] of part.entries()) {
      scores.set(found.subarray(j * labels, (j + 1) * labels), i * labels);
    }
  }
  return scores;
}

/** One row per non-empty subset, the full one first. */
export async function scoreSubsets(
  predictor: Predictor,
  movies: readonly PreparedMovie[],
  posters: PosterStore,
): Promise<SubsetScores[]> {
  const rows: SubsetScores[] = [];
  for (const modalities of subsets()) {
    const scores = await scoreMovies(predictor, movies, posters, modalities);
    rows.push({ name: subsetName(modalities), modalities, scores });
  }
  return rows;
}

export function subsetName(modalities: readonly Modality[]): string {
  return modalities.length === MODALITIES.length ? "all modalities" : modalities.join(" + ");
}

/** Every non-empty subset, larger ones first. */
export function subsets(): Modality[][] {
  const all = Array.from({ length: 2 ** MODALITIES.length - 1 }, (_, i) =>
    MODALITIES.filter((_, m) => (((i + 1) >> m) & 1) === 1),
  );
  return all.sort((a, b) => b.length - a.length);
}

function only(
  modalities: readonly Modality[],
  movie: PreparedMovie,
  posters: PosterStore,
): MovieFeatures {
  const { features } = movie;
  const none = new Int32Array(0);
  return {
    titleTokens: modalities.includes("title")
      ? features.titleTokens
      : new Int32Array(features.titleTokens.length),
    year: modalities.includes("title") ? features.year : 0,
    poster: modalities.includes("poster") ? withPoster(movie, posters).poster : undefined,
    ratingUsers: modalities.includes("ratings") ? features.ratingUsers : none,
    ratingStars: modalities.includes("ratings") ? features.ratingStars : new Float32Array(0),
  };
}
