/** Training batches of each tower as typed arrays, with dropped tokens, augmented posters and sampled ratings. */

import type { NumberFeatures } from "../../predictor/inputs/number.ts";
import type { TextFeatures } from "../../predictor/inputs/text.ts";
import { typeOf } from "../../predictor/inputs/types.ts";
import type { ItemFeatures } from "../../predictor/item.ts";
import type { EncodedRatings } from "../../predictor/preprocess/ratings.ts";
import { PADDING_ID } from "../../predictor/preprocess/title.ts";
import type { Random } from "../common/random.ts";
import type { PosterStore } from "../dataset/posterCache.ts";
import type { RatingsInput, TextInput } from "../fit/fittedInputs.ts";
import type { EncodedMovie } from "../fit/prepare.ts";
import {
  groupNamed,
  type ImageInput,
  type ModelInput,
  type ModelInputs,
} from "../model/modelInputs.ts";
import { pooledVector, RATING_STATISTICS } from "../model/ratings.ts";
import type { GroupOf } from "../model/towers.ts";
import { augmentPoster } from "./augment.ts";
import type { PosterFeatures } from "./posterFeatures.ts";

/** One array per input of the tower's model, row-major, for n movies each. */
export type TowerInputs = (Int32Array | Float32Array)[];

export interface BatchSource {
  readonly inputs: ModelInputs;
  readonly posters: PosterStore;
  /** Features of a frozen backbone, used instead of the posters. */
  readonly features?: PosterFeatures | undefined;
}

/** Whether a movie has an input of a group. */
export function hasInput(
  movie: EncodedMovie,
  { inputs }: Pick<BatchSource, "inputs">,
  group: string,
): boolean {
  const { input, number } = groupNamed(inputs, group);
  return [input, ...(number === undefined ? [] : [number])].some((name) =>
    has(movie, inputs, name),
  );
}

function has(movie: EncodedMovie, inputs: ModelInputs, name: string): boolean {
  const { type, spec } = inputs[name]!;
  // Posters stay on disk until a batch needs them.
  if (type === "image") return movie.posterPath !== undefined;
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
  return INPUTS[named.main.type](named as never, movies, source, random);
}

type MakeInputs<Input extends ModelInput> = (
  group: GroupOf<Input>,
  movies: readonly EncodedMovie[],
  source: BatchSource,
  random: Random | undefined,
) => TowerInputs;

const text: MakeInputs<TextInput> = ({ input, number, main }, movies, _source, random) => {
  const { maxWords, piecesPerWord } = main.spec;
  const perText = maxWords * piecesPerWord;
  const tokens = new Int32Array(movies.length * perText);
  const numbers = new Float32Array(number === undefined ? 0 : movies.length);
  for (const [i, movie] of movies.entries()) {
    const features = movie.features as ItemFeatures;
    tokens.set((features[input] as TextFeatures).tokens, i * perText);
    if (number !== undefined) numbers[i] = (features[number] as NumberFeatures) ?? 0;
  }
  if (random) dropTokens(tokens, piecesPerWord, main.options.tokenDropout, random);
  return number === undefined ? [tokens] : [tokens, numbers];
};

const image: MakeInputs<ImageInput> = ({ main }, movies, { posters, features }, random) => {
  const present = new Float32Array(movies.length).fill(1);
  const { spec, options: augmentation } = main;
  if (features) {
    const values = new Float32Array(movies.length * features.size);
    for (const [i, movie] of movies.entries()) {
      const view = random && augmentation.flip ? random.int(features.views) : 0;
      features.read(movie.posterPath!, view, values, i * features.size);
    }
    return [values, present];
  }
  const pixels = spec.height * spec.width * 3;
  const values = new Int32Array(movies.length * pixels);
  const bytes = new Uint8Array(pixels);
  for (const [i, movie] of movies.entries()) {
    posters.read(movie.posterPath!, bytes);
    if (random) augmentPoster(bytes, { spec, augmentation, random }, values, i * pixels);
    else values.set(bytes, i * pixels);
  }
  return [values, present];
};

const ratings: MakeInputs<RatingsInput> = ({ input, main }, movies, _source, random) => {
  const { userVectors, options } = main;
  const width = userVectors.dimensions + RATING_STATISTICS;
  const vectors = new Float32Array(movies.length * width);
  for (const [i, movie] of movies.entries()) {
    const given = (movie.features as ItemFeatures)[input] as EncodedRatings;
    const { users, stars } =
      random && random.next() < options.partial
        ? drawRatings(given.users, given.stars, random)
        : given;
    const anonymous = random !== undefined && random.next() < options.anonymous;
    const rows = anonymous ? users.map((row) => userVectors.groupRowOf[row]!) : users;
    pooledVector(rows, stars, userVectors, vectors, i * width);
  }
  return [vectors, new Float32Array(movies.length).fill(1)];
};

const INPUTS = { text, image, ratings };

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
