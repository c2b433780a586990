/** A model's parts, fitted to a small invented data set: towers train within a second. */

import { createRandom, type Random } from "../../pipeline/common/random.ts";
import { type Config, configSchema } from "../../pipeline/config/schema.ts";
import { textOf } from "../../pipeline/dataset/inputs.ts";
import type { PosterStore } from "../../pipeline/dataset/posterCache.ts";
import { fitPixels } from "../../pipeline/fit/pixels.ts";
import { type EncodedMovie, encodeMovies } from "../../pipeline/fit/prepare.ts";
import { fitTermWeights } from "../../pipeline/fit/termWeights.ts";
import { fitUserVectors } from "../../pipeline/fit/userVectors.ts";
import { fitVocabulary } from "../../pipeline/fit/vocabulary.ts";
import { fitWordVectors, type WordVectors } from "../../pipeline/fit/wordVectors.ts";
import { imageSpecOf } from "../../pipeline/inputs/image/options.ts";
import type { NumberInput } from "../../pipeline/inputs/number/fit.ts";
import type { RatingsInput } from "../../pipeline/inputs/ratings/fit.ts";
import { buildTower } from "../../pipeline/model/build.ts";
import {
  type ImageInput,
  type ModelParts,
  modelGroups,
  type TextModelInput,
} from "../../pipeline/model/modelInputs.ts";
import { getWeights } from "../../pipeline/model/weights.ts";
import type { FittedTarget } from "../../pipeline/targets/targetRules.ts";
import type { BatchSource } from "../../pipeline/train/inputBatches.ts";
import { wordsOf } from "../../predictor/inputs/text.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { type MovieInputs, YEAR } from "../../predictor/movie.ts";
import { createMovieEncoder } from "../../predictor/movieEncoder.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import { MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";
import { labelsTarget } from "./labelsTarget.ts";
import {
  LABELS,
  type SampleEncodedMovie,
  type SampleMovie,
  twoKinds,
  withValues,
} from "./sampleMovies.ts";

/** Initial weights of all towers, by name. */
export async function towerWeights(
  parts: ModelParts,
  randomOf: (group: string) => Random,
): Promise<Map<string, Float32Array>> {
  const weights = new Map<string, Float32Array>();
  for (const { name: group } of modelGroups(parts.inputs)) {
    const tower = buildTower(group, parts, randomOf(group));
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

/** A type alias and not an interface, so that it is assignable to records by name. */
export type TinyInputs = {
  readonly title: TextModelInput;
  readonly year: NumberInput;
  readonly poster: ImageInput;
  readonly ratings: RatingsInput;
};

export interface Tiny {
  readonly config: Config;
  readonly movies: readonly SampleEncodedMovie[];
  /** Specs of the inputs. */
  readonly spec: MovieInputs;
  readonly parts: ModelParts & { readonly inputs: TinyInputs };
  readonly source: BatchSource & { readonly inputs: TinyInputs };
  /** Logits of the labels' shares [3]. */
  readonly prior: Float32Array;
  /** The same as a target. */
  readonly target: FittedTarget;
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
  movies: readonly SampleMovie[],
  { height, width }: PosterSpec,
  random: Random,
) {
  const posters = new Map<string, Uint8Array>();
  const posterMovies = movies.map((movie, i) => {
    if (i % 3 === 2) return movie;
    const strong = i % 2 === 0 ? 0 : 2;
    const poster = Uint8Array.from(
      { length: height * width * 3 },
      (_, at) => random.int(100) + (at % 3 === strong ? 120 : 0),
    );
    posters.set(`${movie.id}.jpg`, poster);
    return withValues(movie, { poster: `${movie.id}.jpg` });
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
  const { height, width } = imageSpecOf(config.poster, "poster");
  const random = createRandom(1);
  const invented = twoKinds(count);
  const { movies, posters } = withPosters(invented.movies, { height, width }, random);
  const dataset = { ...invented, movies };
  const store = memoryStore({ height, width }, posters);
  const userVectors = fitUserVectors(
    movies.map(({ values }) => values),
    dataset.users.ratings,
    config.ratings,
    random,
    "ratings",
  );
  const { maxWords = 3, piecesPerWord, ngramMin, ngramMax, buckets, minTitles } = config.title;
  const titles = movies.map((movie) => wordsOf(textOf(movie, "title"), { form: "title" }));
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
  const encoded = encodeMovies(
    movies,
    dataset,
    createMovieEncoder(spec),
    store,
  ) as SampleEncodedMovie[];
  const prior = Float32Array.from(LABELS, (_, l) => {
    const share = encoded.reduce((sum, { target }) => sum + target[l]!, 0) / encoded.length;
    return Math.log(share / (1 - share));
  });
  const target = labelsTarget(LABELS, prior);
  const inputs: TinyInputs = {
    title: {
      type: "text",
      spec: spec.title,
      options: config.title,
      words,
      termWeights: fitTermWeights(encoded, ["title"], spec.title),
    },
    year: { type: "number", spec: spec.year },
    poster: {
      type: "image",
      spec: spec.poster,
      options: config.poster,
      pixels: fitPixels(posters.keys(), store),
    },
    ratings: { type: "ratings", spec: spec.ratings, options: config.ratings, userVectors },
  };
  return {
    config,
    movies: encoded,
    spec,
    parts: { inputs, labels: LABELS.length, target },
    source: { inputs, posters: store },
    prior,
    target,
  };
}

/** The model with other parts of one input, in training and in the graph. */
export function withInput<Name extends keyof TinyInputs>(
  { parts, source, ...rest }: Tiny,
  name: Name,
  changes: Partial<TinyInputs[Name]>,
): Tiny {
  const inputs = { ...parts.inputs, [name]: { ...parts.inputs[name], ...changes } };
  return { ...rest, parts: { ...parts, inputs }, source: { ...source, inputs } };
}

/** What is needed to build, train and run a model of any inputs. */
export interface AnyModel {
  readonly config: Config;
  readonly movies: readonly EncodedMovie[];
  readonly spec: InputSpecs;
  readonly parts: ModelParts;
  readonly source: BatchSource;
  readonly prior: Float32Array;
  readonly target: FittedTarget;
}

/** The model whose titles have no year beside them; features of the year stay, as an input that is not declared. */
export function withoutYear({ spec, parts, source, ...rest }: Tiny): AnyModel {
  const { year: _, ...specs } = spec;
  const { year: __, ...inputs } = parts.inputs;
  return { ...rest, spec: specs, parts: { ...parts, inputs }, source: { ...source, inputs } };
}
