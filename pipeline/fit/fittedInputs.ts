/** What is fitted to the training movies for every declared input, with its options. */

import type { ImageSpec } from "../../predictor/inputs/image.ts";
import type { NumberSpec } from "../../predictor/inputs/number.ts";
import type { RatingsSpec } from "../../predictor/inputs/ratings.ts";
import type { TextSpec } from "../../predictor/inputs/text.ts";
import type { InputSpecs } from "../../predictor/inputs/types.ts";
import type { InputOptions } from "../config/inputOptions.ts";
import type { PixelScale } from "./pixels.ts";
import type { UserVectors } from "./userVectors.ts";
import type { WordVectorFit } from "./wordVectors.ts";

export interface TextInput {
  readonly type: "text";
  readonly spec: TextSpec;
  readonly options: InputOptions["text"];
  readonly words?: WordVectorFit | undefined;
  /** Inverse document frequency per token id, see `fitTermWeights`. */
  readonly termWeights: Float32Array;
}

export interface FittedImage {
  readonly type: "image";
  readonly spec: ImageSpec;
  readonly options: InputOptions["image"];
  readonly pixels: PixelScale;
}

export interface RatingsInput {
  readonly type: "ratings";
  readonly spec: RatingsSpec;
  readonly options: InputOptions["ratings"];
  readonly userVectors: UserVectors;
}

export interface NumberInput {
  readonly type: "number";
  readonly spec: NumberSpec;
}

export type FittedInput = TextInput | FittedImage | RatingsInput | NumberInput;
/** By name; their order is that of the graph's inputs and of the towers. */
export type FittedInputs = Readonly<Record<string, FittedInput>>;

export function specsOf(inputs: FittedInputs): InputSpecs {
  return Object.fromEntries(Object.entries(inputs).map(([name, { spec }]) => [name, spec]));
}
