/** What a model is built from: for every declared input its spec, its options, and what was fitted to the training movies. */

import type { ImageSpec } from "../../predictor/inputs/image.ts";
import type { NumberSpec } from "../../predictor/inputs/number.ts";
import type { RatingsSpec } from "../../predictor/inputs/ratings.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import { groupsOf } from "../../predictor/item.ts";
import type { MovieInputs } from "../../predictor/movie.ts";
import type { Config } from "../config/schema.ts";
import type { UserVectors } from "../fit/userVectors.ts";
import type { WordVectorFit } from "../fit/wordVectors.ts";
import type { Backbone, FeatureMoments } from "./backbone.ts";
import type { PixelScale } from "./image.ts";

export interface TextInput {
  readonly type: "text";
  readonly spec: TextSpec;
  readonly options: Config["title"];
  readonly words?: WordVectorFit | undefined;
  /** Inverse document frequency per token id, see `fitTermWeights`. */
  readonly termWeights: Float32Array;
}

export interface ImageInput {
  readonly type: "image";
  readonly spec: ImageSpec;
  readonly options: Config["poster"];
  readonly pixels: PixelScale;
  /** A pretrained network instead of our own, and the moments of its features. */
  readonly backbone?: (Backbone & FeatureMoments) | undefined;
}

export interface RatingsInput {
  readonly type: "ratings";
  readonly spec: RatingsSpec;
  readonly options: Config["ratings"];
  readonly userVectors: UserVectors;
}

export interface NumberInput {
  readonly type: "number";
  readonly spec: NumberSpec;
}

export type ModelInput = TextInput | ImageInput | RatingsInput | NumberInput;
/** By name; their order is that of the graph's inputs and of the towers. */
export type ModelInputs = Readonly<Record<string, ModelInput>>;

export interface ModelParts {
  readonly inputs: ModelInputs;
  readonly labels: number;
}

/** A group of inputs, which share a tower. */
export interface Group {
  /** As the fusion, reports and answers name it. */
  readonly name: string;
  /** Name of the input that the tower is of. */
  readonly input: string;
  readonly main: Exclude<ModelInput, NumberInput>;
  /** Name of a number beside it. */
  readonly number: string | undefined;
}

export function specsOf(inputs: ModelInputs): InputSpecs {
  return Object.fromEntries(Object.entries(inputs).map(([name, { spec }]) => [name, spec]));
}

/** @throws Error if a group is not one input with at most one number beside it. */
export function modelGroups(inputs: ModelInputs): Group[] {
  return [...groupsOf(specsOf(inputs))].map(([name, members]) => {
    const numbers = members.filter((member) => inputs[member]!.type === "number");
    const [input, ...others] = members.filter((member) => !numbers.includes(member));
    const main = input === undefined ? undefined : inputs[input];
    if (!main || main.type === "number" || others.length > 0 || numbers.length > 1) {
      throw new Error(`internal: group "${name}" of ${members.join(", ")} has no tower`);
    }
    return { name, input: input!, main, number: numbers[0] };
  });
}

/** @throws Error if there is no such group. */
export function groupNamed(inputs: ModelInputs, name: string): Group {
  const group = modelGroups(inputs).find((each) => each.name === name);
  if (!group) throw new Error(`internal: no group is named "${name}"`);
  return group;
}

/** The same parts with other moments of a backbone's features. */
export function withMoments(parts: ModelParts, moments: FeatureMoments): ModelParts {
  const inputs = Object.entries(parts.inputs).map(([name, input]) => [
    name,
    input.type === "image" && input.backbone
      ? { ...input, backbone: { ...input.backbone, ...moments } }
      : input,
  ]);
  return { ...parts, inputs: Object.fromEntries(inputs) };
}

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

/** The inputs of movies, until every data set declares its own. */
export function movieModelInputs(fit: MovieFit): MovieModelInputs {
  const { config, spec, words, termWeights, pixels, backbone, userVectors } = fit;
  return {
    title: { type: "text", spec: spec.title, options: config.title, words, termWeights },
    year: { type: "number", spec: spec.year },
    poster: { type: "image", spec: spec.poster, options: config.poster, pixels, backbone },
    ratings: { type: "ratings", spec: spec.ratings, options: config.ratings, userVectors },
  };
}
