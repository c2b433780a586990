/** Training batches of each tower as typed arrays, with dropped tokens, augmented posters and sampled ratings. */

import type { InputName, MovieInputs } from "../../predictor/movie.ts";
import { PADDING_ID } from "../../predictor/preprocess/title.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import type { UserVectors } from "../fit/userVectors.ts";
import { pooledVector, RATING_STATISTICS } from "../model/ratings.ts";
import { augmentPoster } from "./augment.ts";
import type { PosterFeatures } from "./posterFeatures.ts";

/** One array per input of the tower's model, row-major, for n movies each. */
export type TowerInputs = (Int32Array | Float32Array)[];

export interface BatchSource {
  readonly spec: MovieInputs;
  readonly posters: PosterStore;
  readonly userVectors: UserVectors;
  /** Features of a frozen backbone, used instead of the posters. */
  readonly features?: PosterFeatures | undefined;
  readonly config: Pick<Config, "title" | "poster" | "ratings">;
}

/** Whether a movie has a tower's input. */
export function hasInput(movie: EncodedMovie, input: InputName): boolean {
  if (input === "poster") return movie.posterPath !== undefined;
  if (input === "ratings") return movie.features.ratings.users.length > 0;
  // As in the graph: a title of punctuation only has no word.
  return movie.features.title.tokens[0] !== PADDING_ID || movie.features.year !== undefined;
}

/**
 * A tower's inputs for movies that all have its input.
 *
 * @param random Augments the movies for training; without it, they are not changed.
 */
export function towerInputs(
  input: InputName,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  random?: Random,
): TowerInputs {
  return INPUTS[input](movies, source, random);
}

type MakeInputs = (
  movies: readonly EncodedMovie[],
  source: BatchSource,
  random: Random | undefined,
) => TowerInputs;

const INPUTS: Readonly<Record<InputName, MakeInputs>> = {
  title(movies, { spec, config }, random) {
    const perTitle = spec.title.maxWords * spec.title.piecesPerWord;
    const tokens = new Int32Array(movies.length * perTitle);
    const years = new Float32Array(movies.length);
    for (const [i, { features }] of movies.entries()) {
      tokens.set(features.title.tokens, i * perTitle);
      years[i] = features.year ?? 0;
    }
    if (random) dropTokens(tokens, spec.title.piecesPerWord, config.title.tokenDropout, random);
    return [tokens, years];
  },

  poster(movies, { spec, posters, features, config }, random) {
    if (features) {
      const values = new Float32Array(movies.length * features.size);
      for (const [i, movie] of movies.entries()) {
        const view = random && config.poster.flip ? random.int(features.views) : 0;
        features.read(movie.posterPath!, view, values, i * features.size);
      }
      return [values, new Float32Array(movies.length).fill(1)];
    }
    const pixels = spec.poster.height * spec.poster.width * 3;
    const values = new Int32Array(movies.length * pixels);
    const bytes = new Uint8Array(pixels);
    for (const [i, movie] of movies.entries()) {
      posters.read(movie.posterPath!, bytes);
      if (random) {
        const options = { spec: spec.poster, augmentation: config.poster, random };
        augmentPoster(bytes, options, values, i * pixels);
      } else values.set(bytes, i * pixels);
    }
    return [values, new Float32Array(movies.length).fill(1)];
  },

  ratings(movies, { userVectors, config }, random) {
    const width = userVectors.dimensions + RATING_STATISTICS;
    const vectors = new Float32Array(movies.length * width);
    for (const [i, { features }] of movies.entries()) {
      const { users, stars } =
        random && random.next() < config.ratings.partial
          ? drawRatings(features.ratings.users, features.ratings.stars, random)
          : { users: features.ratings.users, stars: features.ratings.stars };
      const anonymous = random !== undefined && random.next() < config.ratings.anonymous;
      const rows = anonymous ? users.map((row) => userVectors.groupRowOf[row]!) : users;
      pooledVector(rows, stars, userVectors, vectors, i * width);
    }
    return [vectors, new Float32Array(movies.length).fill(1)];
  },
};

/** Drops whole words at random, and n-grams of the remaining words with the same probability. */
function dropTokens(tokens: Int32Array, pieces: number, rate: number, random: Random): void {
  if (rate === 0) return;
  for (let start = 0; start < tokens.length; start += pieces) {
    if (tokens[start] === PADDING_ID) continue;
    const word = tokens.subarray(start, start + pieces);
    if (random.next() < rate) {
      word.fill(PADDING_ID);
      continue;
    }
    // The first piece, the word itself, stays: it marks the word as present.
    for (let p = 1; p < pieces && word[p] !== PADDING_ID; p++) {
      if (random.next() < rate) word[p] = PADDING_ID;
    }
  }
}

/** A random subset of a movie's ratings; its size is log-uniform between 1 and all. */
function drawRatings(users: Int32Array, stars: Float32Array, random: Random) {
  const size = Math.max(1, Math.round(users.length ** random.next()));
  const order = Uint32Array.from({ length: users.length }, (_, i) => i);
  // The first `size` positions of a Fisher-Yates shuffle.
  for (let i = 0; i < size; i++) {
    const j = i + random.int(users.length - i);
    const value = order[i]!;
    order[i] = order[j]!;
    order[j] = value;
  }
  const drawn = order.subarray(0, size);
  return {
    users: Int32Array.from(drawn, (i) => users[i]!),
    stars: Float32Array.from(drawn, (i) => stars[i]!),
  };
}
