/** What a model of movies is built from, without a data set. */

import type { Config } from "../../pipeline/config/schema.ts";
import type { PixelScale } from "../../pipeline/fit/pixels.ts";
import type { UserVectors } from "../../pipeline/fit/userVectors.ts";
import type { WordVectorFit } from "../../pipeline/fit/wordVectors.ts";
import type { NumberInput } from "../../pipeline/inputs/number/fit.ts";
import type { RatingsInput } from "../../pipeline/inputs/ratings/fit.ts";
import type { TextInput } from "../../pipeline/inputs/text/fit.ts";
import type { Backbone, FeatureMoments } from "../../pipeline/model/backbone.ts";
import type { ImageInput } from "../../pipeline/model/modelInputs.ts";
import type { MovieInputs } from "../../predictor/movie.ts";

/** What is fitted for the inputs of movies. */
export interface MovieFit {
  readonly config: Pick<Config, "title" | "poster" | "ratings">;
  readonly spec: MovieInputs;
  readonly words?: WordVectorFit | undefined;
  readonly termWeights: Float32Array;
  readonly pixels: PixelScale;
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
  readonly userVectors: UserVectors;
}

export type MovieModelInputs = {
  readonly title: TextInput;
  readonly year: NumberInput;
  readonly poster: ImageInput;
  readonly ratings: RatingsInput;
};

/** The inputs of movies. */
export function movieModelInputs(fit: MovieFit): MovieModelInputs {
  const { config, spec, words, termWeights, pixels, backbone, userVectors } = fit;
  return {
    title: { type: "text", spec: spec.title, options: config.title, words, termWeights },
    year: { type: "number", spec: spec.year },
    poster: { type: "image", spec: spec.poster, options: config.poster, pixels, backbone },
    ratings: { type: "ratings", spec: spec.ratings, options: config.ratings, userVectors },
  };
}
