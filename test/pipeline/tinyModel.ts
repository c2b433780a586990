/** A model's parts, fitted to a small invented data set: towers train within a second. */

import { createRandom, type Random } from "../../pipeline/common/random.ts";
import { type Config, configSchema } from "../../pipeline/config/schema.ts";
import type { LabelledMovie } from "../../pipeline/dataset/dataset.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { fitPixels } from "../../pipeline/fit/pixels.ts";
import { type EncodedMovie, encodeMovies } from "../../pipeline/fit/prepare.ts";
import { fitTermWeights } from "../../pipeline/fit/termWeights.ts";
import { fitUserVectors } from "../../pipeline/fit/userVectors.ts";
import { fitVocabulary } from "../../pipeline/fit/vocabulary.ts";
import { fitWordVectors, type WordVectors } from "../../pipeline/fit/wordVectors.ts";
import { buildTower, type ModelParts } from "../../pipeline/model/build.ts";
import { getWeights } from "../../pipeline/model/weights.ts";
import type { BatchSource } from "../../pipeline/train/batches.ts";
import { INPUT_NAMES, type InputName, type MovieInputs, YEAR } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";
import { LABELS, twoKinds } from "./sampleMovies.ts";

/** Initial weights of all towers, by name. */
export async function towerWeights(
  parts: ModelParts,
  randomOf: (input: InputName) => Random,
): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const input of INPUT_NAMES) {
    const tower = buildTower(input, parts, randomOf(input));
    for (const [name, values] of await getWeights(tower)) weights.set(name, values);
  }
  return weights;
}

/** Posters by path, in memory. */
export function memoryStore(
  spec: PosterSpec,
  posters: ReadonlyMap<string, Uint8Array>,
): PosterStore {
  return {
    spec,
    counts: { decoded: 0, cached: posters.size, failed: 0 },
    issues: [],
    has: (path) => posters.has(path),
    read(path, out, offset = 0) {
      const poster = posters.get(path);
      if (!poster) throw new Error(`${path} is not in the store`);
      out.set(poster, offset);
    },
    close: () => {},
  };
}

export interface Tiny {
  readonly config: Config;
  readonly movies: readonly EncodedMovie[];
  readonly parts: ModelParts;
  readonly source: BatchSource;
  /** Logits of the labels' shares [3]. */
  readonly prior: Float32Array;
}

interface Options {
  readonly title?: object;
  readonly poster?: object;
  readonly ratings?: object;
  readonly train?: object;
  /** Pretrained word vectors. */
  readonly words?: WordVectors;
}

/** A configuration of tiny towers, with `options` on top. */
function tinyConfig(options: Options): Config {
  const training = { epochs: 6, batchSize: 16, learningRate: 0.02 };
  return configSchema.parse({
    title: {
      encoder: "bag",
      maxWords: 3,
      piecesPerWord: 5,
      buckets: 64,
      dimensions: 6,
      ...training,
      ...options.title,
    },
    poster: { height: 16, width: 12, channels: [3, 4], ...training, ...options.poster },
    ratings: { dimensions: 5, units: 7, ...training, ...options.ratings },
    train: { averaging: 0.5, ...options.train },
  });
}

/** Draws posters for two of three movies: red ones for action, blue ones for comedies. */
function withPosters(
  movies: readonly LabelledMovie[],
  { height, width }: PosterSpec,
  random: Random,
) {
  const posters = new Map<string, Uint8Array>();
  const posterMovies = movies.map((movie, i): LabelledMovie => {
    if (i % 3 === 2) return movie;
    const strong = i % 2 === 0 ? 0 : 2;
    const poster = Uint8Array.from(
      { length: height * width * 3 },
      (_, at) => random.int(100) + (at % 3 === strong ? 120 : 0),
    );
    posters.set(`${movie.id}.jpg`, poster);
    return { ...movie, posterPath: `${movie.id}.jpg` };
  });
  return { movies: posterMovies, posters };
}

/**
 * `count` movies of two kinds (see `twoKinds`); action posters are red, comedies' are blue, every third movie has none.
 *
 * @param options Override the configuration of tiny towers.
 */
export function tiny(count = 60, options: Options = {}): Tiny {
  const config = tinyConfig(options);
  const { height, width } = config.poster;
  const random = createRandom(1);
  const invented = twoKinds(count);
  const { movies, posters } = withPosters(invented.movies, { height, width }, random);
  const dataset = { ...invented, movies };
  const store = memoryStore({ height, width }, posters);
  const userVectors = fitUserVectors(movies, dataset.users, config.ratings.dimensions, random);
  const { maxWords, piecesPerWord, ngramMin, ngramMax, buckets, minTitles } = config.title;
  const titles = movies.map(({ title }) => title);
  const vocabulary = fitVocabulary(titles, minTitles);
  const words = options.words && fitWordVectors(titles, vocabulary, options.words);
  const spec: MovieInputs = {
    title: {
      type: "text",
      form: "title",
      maxCharacters: MAX_TITLE_CHARACTERS,
      maxWords,
      piecesPerWord,
      vocabulary,
      vectorWords: words?.words ?? [],
      ngrams: { min: ngramMin, max: ngramMax, buckets },
    },
    year: YEAR,
    poster: { type: "image", height, width },
    ratings: {
      type: "ratings",
      users: userVectors.users,
      groups: userVectors.groups,
      stars: { min: 1, max: 5 },
      maxRatings: 100,
    },
  };
  const encoded = encodeMovies(movies, dataset, createMovieEncoder(spec), store);
  const pixels = fitPixels(posters.keys(), store);
  const prior = Float32Array.from(LABELS, (_, l) => {
    const share = encoded.reduce((sum, { target }) => sum + target[l]!, 0) / encoded.length;
    return Math.log(share / (1 - share));
  });
  return {
    config,
    movies: encoded,
    parts: {
      config,
      spec,
      userVectors,
      pixels,
      words,
      termWeights: fitTermWeights(encoded, spec.title),
      labels: LABELS.length,
    },
    source: { spec, posters: store, userVectors, config },
    prior,
  };
}
