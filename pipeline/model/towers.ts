/** The towers by type of input: as models of their own for training, and as parts of the published graph. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import * as tf from "@tensorflow/tfjs-layers";
import { typeOf } from "../../predictor/inputs/types.ts";
import type { PosterSpec } from "../../predictor/preprocess/poster.ts";
import type { TitleSpec } from "../../predictor/preprocess/title.ts";
import type { RatingsInput, TextInput } from "../fit/fittedInputs.ts";
import { backboneFeatures, backboneWeights, standardiseFeatures } from "./backbone.ts";
import { imageHead, imageTower } from "./image.ts";
import { linearTextWeights } from "./linearText.ts";
import type { Group, ImageInput, ModelInput } from "./modelInputs.ts";
import { numberStepWeights } from "./number.ts";
import type { Tower } from "./parts.ts";
import { poolRatings, RATING_STATISTICS, ratingsTower } from "./ratings.ts";
import { textTower } from "./text.ts";
import type { Weights } from "./weights.ts";
import { wordVectorWeights } from "./wordVectors.ts";

/** A group whose main input is of one type. */
export type GroupOf<Input extends ModelInput> = Omit<Group, "main"> & { readonly main: Input };

interface TrainedTower {
  readonly inputs: readonly SymbolicTensor[];
  readonly logits: SymbolicTensor;
}

export interface GraphTower {
  /** In the order of the predictor's tensors. */
  readonly inputs: readonly SymbolicTensor[];
  readonly tower: Tower;
  /** How much there is of the input, 0 to 1 on each scale [B, A]; see `ratingAmounts`. */
  readonly amounts?: SymbolicTensor;
  /** Attention over the input's parts [B, parts]. */
  readonly attention?: SymbolicTensor;
  /** Weights of layers that only the published graph has. */
  readonly weights?: Weights;
}

interface TowerType<Input extends ModelInput> {
  /** For training: whatever can be computed once is an input. */
  trained(group: GroupOf<Input>, labels: number): TrainedTower;
  /** On raw inputs. */
  inGraph(group: GroupOf<Input>, labels: number): GraphTower;
  /** Weights that are known before training: pretrained, or fitted. */
  given(group: GroupOf<Input>): Weights;
  /** Initial values of weights that are trained. */
  initial?(group: GroupOf<Input>): Weights;
}

const text: TowerType<TextInput> = {
  trained(group, labels) {
    const inputs = textInputs(group);
    return { inputs: listed(inputs), ...textTower(inputs.tokens, partsOf(group, inputs, labels)) };
  },
  inGraph(group, labels) {
    const inputs = textInputs(group);
    const { attention, ...tower } = textTower(inputs.tokens, partsOf(group, inputs, labels));
    return { inputs: listed(inputs), tower, attention };
  },
  given: ({ input, number, main }) =>
    new Map([
      ...wordVectorWeights(input, main.words),
      ...(main.options.encoder === "linear"
        ? linearTextWeights({ input, number }, main.termWeights)
        : []),
    ]),
  initial: ({ number }) => (number === undefined ? new Map() : numberStepWeights(number)),
};

const image: TowerType<ImageInput> = {
  trained(group, labels) {
    const { input, main } = group;
    const { backbone, options: config } = main;
    if (!backbone || config.fineTune) {
      const { inputs, tower } = image.inGraph(group, labels);
      return { inputs, logits: tower.logits };
    }
    const features = graphInput(`${input}_features`, [backbone.features]);
    const presence = graphInput(`has_${input}`, [1]);
    return {
      inputs: [features, presence],
      ...imageHead(features, presence, { input, config, labels }),
    };
  },
  inGraph({ input, main: { spec, options: config, pixels, backbone } }, labels) {
    const pictures = imageInput(input, spec);
    const presence = graphInput(`has_${input}`, [1]);
    const parts = { input, config, pixels, labels };
    const tower = backbone
      ? imageHead(
          standardiseFeatures(backboneFeatures(pictures, backbone), config.fineTune),
          presence,
          parts,
        )
      : imageTower(pictures, presence, parts);
    return { inputs: [pictures, presence], tower };
  },
  given: ({ main: { backbone } }) => backboneWeights(backbone, backbone),
};

const ratings: TowerType<RatingsInput> = {
  trained({ input, main: { options: config, userVectors } }, labels) {
    const vector = graphInput(`${input}_vector`, [userVectors.dimensions + RATING_STATISTICS]);
    const presence = graphInput(`has_${input}`, [1]);
    return {
      inputs: [vector, presence],
      ...ratingsTower({ vector, presence }, { input, config, labels }),
    };
  },
  inGraph({ input, main: { spec, options: config, userVectors } }, labels) {
    const [usersName, starsName] = typeOf(spec).tensorNames(input, spec);
    const users = graphInput(usersName!, [null], "int32");
    const stars = graphInput(starsName!, [null]);
    const pooled = poolRatings(users, stars, { input, fit: userVectors });
    const tower = ratingsTower(pooled, { input, config, labels });
    const { amounts, initialWeights: weights } = pooled;
    return { inputs: [users, stars], tower, amounts, weights };
  },
  given: () => new Map(),
};

const TYPES = { text, image, ratings };

/** The rules of a group's tower. */
export function towerType({ main }: Group): TowerType<ModelInput> {
  return TYPES[main.type] as unknown as TowerType<ModelInput>;
}

interface TextInputs {
  readonly tokens: SymbolicTensor;
  readonly number: SymbolicTensor | undefined;
}

export function textInputs({
  input,
  number,
  main,
}: Pick<Group, "input" | "number"> & {
  readonly main: { readonly spec: Pick<TitleSpec, "maxWords" | "piecesPerWord"> };
}): TextInputs {
  const { maxWords, piecesPerWord } = main.spec;
  return {
    tokens: graphInput(`${input}_tokens`, [maxWords, piecesPerWord], "int32"),
    number: number === undefined ? undefined : graphInput(number, [1]),
  };
}

export function listed({ tokens, number }: TextInputs): SymbolicTensor[] {
  return number ? [tokens, number] : [tokens];
}

/** What the text's tower, or a part of it, is built from. */
export function partsOf(
  { input, number, main: { spec, words, options: config } }: GroupOf<TextInput>,
  inputs: TextInputs,
  labels: number,
) {
  const beside =
    number !== undefined && inputs.number ? { input: number, value: inputs.number } : undefined;
  return { input, number: beside, spec, words, config, labels };
}

export function imageInput(name: string, { height, width }: PosterSpec): SymbolicTensor {
  return graphInput(name, [height, width, 3], "int32");
}

function graphInput(
  name: string,
  shape: (number | null)[],
  dtype: "float32" | "int32" = "float32",
): SymbolicTensor {
  return tf.input({ name, shape, dtype });
}
