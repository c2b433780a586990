/** Everything a model needs, fitted to a small invented data set: towers that train within a second. */

import { type Config, configSchema } from "../../pipeline/config/schema.ts";
import type { Example } from "../../pipeline/dataset/dataset.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { fitPixels } from "../../pipeline/fit/pixels.ts";
import { type PreparedMovie, prepareMovies } from "../../pipeline/fit/prepare.ts";
import { fitRaters } from "../../pipeline/fit/raters.ts";
import { fitTermWeights } from "../../pipeline/fit/termWeights.ts";
import { fitVocabulary } from "../../pipeline/fit/vocabulary.ts";
import { fitWordVectors, type WordVectors } from "../../pipeline/fit/wordVectors.ts";
import { buildTower, type ModelParts } from "../../pipeline/model/build.ts";
import { getWeights } from "../../pipeline/model/weights.ts";
import { createRandom, type Random } from "../../pipeline/random.ts";
import type { BatchSource } from "../../pipeline/train/batches.ts";
import { MODALITIES, type Modality } from "../../predictor/predictor.ts";
import { createMovieEncoder, type PreprocessSpec } from "../../predictor/preprocess/features.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { LABELS, twoKinds } from "./sampleExamples.ts";

/** Weights that towers start with, by name. */
export async function towerWeights(
  parts: ModelParts,
  randomOf: (modality: Modality) => Random,
): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const modality of MODALITIES) {
    const tower = buildTower(modality, parts, randomOf(modality));
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
    problems: [],
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
  readonly movies: readonly PreparedMovie[];
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
  /** Word vectors from elsewhere. */
  readonly words?: WordVectors;
}

/**
 * `count` movies of two kinds (see `twoKinds`); action posters are red, comedies' are blue, every third movie has none.
 *
 * @param options Laid over a configuration of tiny towers.
 */
export function tiny(count = 60, options: Options = {}): Tiny {
  const training = { epochs: 6, batchSize: 16, learningRate: 0.02 };
  const config = configSchema.parse({
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
  const { height, width } = config.poster;
  const random = createRandom(1);
  const posters = new Map<string, Uint8Array>();
  const invented = twoKinds(count);
  const examples = invented.examples.map((example, i): Example => {
    if (i % 3 === 2) return example;
    const strong = i % 2 === 0 ? 0 : 2;
    const poster = Uint8Array.from(
      { length: height * width * 3 },
      (_, at) => random.int(100) + (at % 3 === strong ? 120 : 0),
    );
    posters.set(`${example.id}.jpg`, poster);
    return { ...example, posterPath: `${example.id}.jpg` };
  });
  const dataset = { ...invented, examples };
  const store = memoryStore({ height, width }, posters);
  const raters = fitRaters(examples, dataset.users, config.ratings.dimensions, random);
  const { maxWords, piecesPerWord, ngramMin, ngramMax, buckets, minTitles } = config.title;
  const titles = examples.map(({ title }) => title);
  const vocabulary = fitVocabulary(titles, minTitles);
  const words = options.words && fitWordVectors(titles, vocabulary, options.words);
  const spec: PreprocessSpec = {
    title: {
      maxWords,
      piecesPerWord,
      vocabulary,
      vectorWords: words?.words ?? [],
      ngrams: { min: ngramMin, max: ngramMax, buckets },
    },
    poster: { height, width },
    ratings: {
      users: raters.users,
      groups: raters.groups,
      stars: { min: 1, max: 5 },
      maxRatings: 100,
    },
  };
  const movies = prepareMovies(examples, dataset, createMovieEncoder(spec), store);
  const pixels = fitPixels(posters.keys(), store);
  const prior = Float32Array.from(LABELS, (_, l) => {
    const share = movies.reduce((sum, { target }) => sum + target[l]!, 0) / movies.length;
    return Math.log(share / (1 - share));
  });
  return {
    config,
    movies,
    parts: {
      config,
      spec,
      raters,
      pixels,
      words,
      termWeights: fitTermWeights(movies, spec.title),
      labels: LABELS.length,
    },
    source: { spec, posters: store, raters, config },
    prior,
  };
}
