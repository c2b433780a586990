/** Random batches in the shapes of MovieLens 1M, and the parts to build towers from. */

import type { Random } from "../../pipeline/common/random.ts";
import type { Config } from "../../pipeline/config/schema.ts";
import type { UserVectors } from "../../pipeline/fit/userVectors.ts";
import { imageSpecOf } from "../../pipeline/inputs/image/options.ts";
import { keptWords } from "../../pipeline/inputs/text/options.ts";
import type { ModelParts } from "../../pipeline/model/modelInputs.ts";
import { RATING_STATISTICS } from "../../pipeline/model/ratings.ts";
import type { FittedTarget } from "../../pipeline/targets/targetRules.ts";
import type { TowerInputs } from "../../pipeline/train/inputBatches.ts";
import type { InputName } from "../../predictor/movie.ts";
import { YEAR } from "../../predictor/movie.ts";
import { FIRST_WORD_ID, MAX_TITLE_CHARACTERS } from "../../predictor/preprocess/title.ts";
import { type MovieFit, movieModelInputs } from "../model/movieParts.ts";

/** Number of genres of MovieLens 1M. */
export const LABELS = 18;
/** Number of words in at least two titles of its train split. */
const VOCABULARY = 1122;
/** Mean number of words per title. */
const WORDS = 3;
/** Mean number of pieces per word: the word itself and its n-grams. */
const PIECES = 12;
/** Statistics of its posters' pixels, 0 to 255. */
export const PIXELS = { mean: 90, std: 75 };
/** Mean share of movies with a genre. */
const GENRE_SHARE = 0.1;
/** Logits of the genres' shares [L]. */
export const PRIOR = new Float32Array(LABELS).fill(Math.log(GENRE_SHARE / (1 - GENRE_SHARE)));
export const TARGET: FittedTarget = {
  type: "labels",
  outputs: Array.from(PRIOR, (_, label) => `label ${label}`),
  prior: PRIOR,
};

export interface Batch {
  readonly inputs: TowerInputs;
  readonly targets: Float32Array;
}

/** Kept of a title, as by default: its titles are short. */
const MAX_WORDS = keptWords({ form: "title" }).least;

/** The parts of a fitted data set that `buildTower` reads. */
export function partsOf(config: Config): ModelParts {
  const { maxWords = MAX_WORDS, piecesPerWord, ngramMin, ngramMax, buckets } = config.title;
  const fit: Partial<MovieFit> = {
    config,
    spec: {
      title: {
        type: "text",
        form: "title",
        maxCharacters: MAX_TITLE_CHARACTERS,
        maxWords,
        piecesPerWord,
        vocabulary: Array.from({ length: VOCABULARY }, (_, i) => `word${i}`),
        vectorWords: [],
        ngrams: { min: ngramMin, max: ngramMax, buckets },
      },
      year: YEAR,
      poster: imageSpecOf(config.poster, "poster"),
      ratings: {
        type: "ratings",
        users: [],
        groups: { genders: [], ages: [], occupations: [] },
        stars: { min: 1, max: 5 },
        maxRatings: 1,
      },
    },
    userVectors: { dimensions: config.ratings.dimensions } as UserVectors,
    pixels: PIXELS,
  };
  return { inputs: movieModelInputs(fit as MovieFit), labels: LABELS, target: TARGET };
}

/** Number of batches, so many that they do not fit into a processor's cache. */
const BATCHES = 12;

/** Random batches of the configured size, to be used in turn. */
export function inventBatches(tower: InputName, config: Config, random: Random): Batch[] {
  const size = config[tower].batchSize;
  const stream = random.fork("data");
  return Array.from({ length: BATCHES }, () => {
    const targets = Float32Array.from({ length: size * LABELS }, () =>
      stream.next() < GENRE_SHARE ? 1 : 0,
    );
    return { inputs: INVENT[tower](size, config, stream), targets };
  });
}

const INVENT: Readonly<
  Record<InputName, (size: number, config: Config, random: Random) => TowerInputs>
> = {
  title(size, { title: { maxWords = MAX_WORDS, piecesPerWord, buckets } }, random) {
    const tokens = new Int32Array(size * maxWords * piecesPerWord);
    for (let i = 0; i < size; i++) {
      const words = Math.min(maxWords, 1 + random.int(2 * WORDS - 1));
      for (let w = 0; w < words; w++) {
        const pieces = Math.min(piecesPerWord, 1 + random.int(2 * PIECES - 1));
        for (let p = 0; p < pieces; p++) {
          const known = p === 0 || buckets === 0;
          tokens[(i * maxWords + w) * piecesPerWord + p] =
            FIRST_WORD_ID + (known ? random.int(VOCABULARY) : VOCABULARY + random.int(buckets));
        }
      }
    }
    return [tokens, Float32Array.from({ length: size }, () => 1920 + random.int(80))];
  },
  poster(size, { poster }, random) {
    const { height, width } = imageSpecOf(poster, "poster");
    const pixels = Int32Array.from({ length: size * height * width * 3 }, () => random.int(256));
    return [pixels, new Float32Array(size).fill(1)];
  },
  ratings(size, { ratings: { dimensions } }, random) {
    const length = size * (dimensions + RATING_STATISTICS);
    return [Float32Array.from({ length }, () => random.normal()), new Float32Array(size).fill(1)];
  },
};
