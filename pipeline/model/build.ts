/** Builds models from towers: one per tower for training, and one with all towers and the fusion for export. */

import type { LayersModel, SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import type { InputName, MovieInputs } from "../../predictor/movie.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { Random } from "../common/random.ts";
import type { Config } from "../config/schema.ts";
import type { UserVectors } from "../fit/userVectors.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import {
  type Backbone,
  backboneFeatures,
  backboneWeights,
  type FeatureMoments,
  standardiseFeatures,
} from "./backbone.ts";
import { connect } from "./connect.ts";
import { fuse } from "./fusion.ts";
import { linearTitle, linearTitleWeights } from "./linearTitle.ts";
import { type PixelScale, posterHead, posterTower } from "./poster.ts";
import { poolRatings, RATING_STATISTICS, ratingsTower } from "./ratings.ts";
import { titleTower, yearStepWeights } from "./title.ts";
import { initialiseWeights, setWeights, type Weights } from "./weights.ts";
import { wordVectorWeights } from "./wordVectors.ts";

/** Names of the exported graph's outputs, in order. */
export const GRAPH_OUTPUTS = ["probabilities", "title_attention", "modality_weights"] as const;

export interface ModelParts {
  readonly config: Pick<Config, "title" | "poster" | "ratings">;
  readonly spec: MovieInputs;
  readonly userVectors: UserVectors;
  readonly pixels: PixelScale;
  readonly words?: WordVectorFit | undefined;
  /** Inverse document frequency per token id, see `fitTermWeights`. */
  readonly termWeights: Float32Array;
  /** A pretrained network for the posters instead of our own, and the moments of its features. */
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
  readonly labels: number;
}

/** Weights that are known before training: pretrained, or fitted. */
function givenWeights({ words, termWeights, backbone, config }: ModelParts) {
  return new Map<string, Float32Array>([
    ...wordVectorWeights(words),
    ...(config.title.encoder === "linear" ? linearTitleWeights(termWeights) : []),
    ...backboneWeights(backbone, backbone),
  ]);
}

/**
 * One tower as a model for training; the output is its logits [B, L]. Inputs:
 *
 * - title: title_tokens, year
 * - poster: poster, has_poster; with a frozen backbone, poster_features (standardised), has_poster
 * - ratings: ratings_vector (see `pooledVector`), has_ratings
 *
 * @param random Draws the initial weights: the same stream gives the same bits.
 */
export function buildTower(input: InputName, parts: ModelParts, random: Random): LayersModel {
  const { inputs, logits } = TOWERS[input](parts);
  const model = tf.model({ name: input, inputs, outputs: logits });
  initialiseWeights(model, new Map([...yearStepWeights(), ...givenWeights(parts)]), random);
  return model;
}

interface BuiltTower {
  readonly inputs: SymbolicTensor[];
  readonly logits: SymbolicTensor;
}

const TOWERS: Readonly<Record<InputName, (parts: ModelParts) => BuiltTower>> = {
  title: (parts) => {
    const inputs = titleInputs(parts.spec);
    return { inputs, ...titleTower(...inputs, titleParts(parts)) };
  },
  poster: (parts) => {
    const { backbone, config, labels } = parts;
    if (backbone && !config.poster.fineTune) {
      const features = input("poster_features", [backbone.features]);
      const presence = input("has_poster", [1]);
      const inputs = [features, presence];
      return { inputs, ...posterHead(features, presence, config.poster, labels) };
    }
    const inputs = posterInputs(parts.spec);
    return { inputs, ...wholePosterTower(...inputs, parts) };
  },
  ratings: (parts) => {
    const vector = input("ratings_vector", [parts.userVectors.dimensions + RATING_STATISTICS]);
    const presence = input("has_ratings", [1]);
    return {
      inputs: [vector, presence],
      ...ratingsTower({ vector, presence }, parts.config.ratings, parts.labels),
    };
  },
};

function titleParts({ spec, words, config, labels }: ModelParts) {
  return { spec: spec.title, words, config: config.title, labels };
}

/** The poster tower on the poster itself, with our own network or a backbone. */
function wholePosterTower(
  poster: SymbolicTensor,
  presence: SymbolicTensor,
  { backbone, pixels, config, labels }: ModelParts,
) {
  if (!backbone) return posterTower(poster, presence, { pixels, config: config.poster, labels });
  const features = standardiseFeatures(backboneFeatures(poster, backbone), config.poster.fineTune);
  return posterHead(features, presence, config.poster, labels);
}

/** The features that the linear title encoder is fitted to: title_tokens, year -> `terms`, `features`. */
export function buildLinearTitleFeatures(parts: ModelParts): LayersModel {
  const inputs = titleInputs(parts.spec);
  const { terms, features } = linearTitle(...inputs, titleParts(parts));
  const model = tf.model({ inputs, outputs: [terms, features] });
  setWeights(model, givenWeights(parts));
  return model;
}

/** The backbone alone, for features that are computed once: poster [B, H, W, 3] -> [B, features]. */
export function buildFeatureModel(
  backbone: Backbone,
  spec: { readonly poster: PosterSpec },
): LayersModel {
  const [poster] = posterInputs(spec);
  return tf.model({ inputs: poster, outputs: backboneFeatures(poster, backbone) });
}

/**
 * The published graph: inputs as `graphInputs` names them; outputs `probabilities` [B, L], `title_attention` [B, words] and
 * `modality_weights` [B, 3].
 *
 * @param weights Weights of all towers and of the fusion.
 * @throws Error naming every weight that is missing or of another size.
 */
export function buildInferenceModel(parts: ModelParts, weights: Weights): LayersModel {
  const { spec, config, labels } = parts;
  const users = input("rating_users", [null], "int32");
  const stars = input("rating_stars", [null]);
  const titleIn = titleInputs(spec);
  const posterIn = posterInputs(spec);
  const title = titleTower(...titleIn, titleParts(parts));
  const poster = wholePosterTower(...posterIn, parts);
  const pooled = poolRatings(users, stars, parts.userVectors);
  const ratings = ratingsTower(pooled, config.ratings, labels);

  const fusion = fuse({ title, poster, ratings }, pooled.amounts, labels);
  const probabilities = connect(
    tf.layers.activation({ activation: "sigmoid", name: "probabilities" }),
    fusion.logits,
  );
  const model = tf.model({
    name: "marquee",
    inputs: [...titleIn, ...posterIn, users, stars],
    outputs: [probabilities, title.attention, fusion.gates],
  });
  setWeights(model, new Map([...givenWeights(parts), ...weights, ...pooled.initialWeights]));
  return model;
}

function titleInputs(spec: MovieInputs): [SymbolicTensor, SymbolicTensor] {
  const { maxWords, piecesPerWord } = spec.title;
  return [input("title_tokens", [maxWords, piecesPerWord], "int32"), input("year", [1])];
}

function posterInputs(spec: { readonly poster: PosterSpec }): [SymbolicTensor, SymbolicTensor] {
  const { height, width } = spec.poster;
  return [input("poster", [height, width, 3], "int32"), input("has_poster", [1])];
}

function input(
  name: string,
  shape: (number | null)[],
  dtype: "float32" | "int32" = "float32",
): SymbolicTensor {
  return tf.input({ name, shape, dtype });
}
