/** Towers of images. */

import type { SymbolicTensor } from "@tensorflow/tfjs-layers";
import type { PosterSpec } from "../../../predictor/preprocess/poster.ts";
import {
  backboneFeatures,
  backboneWeights,
  featuresInput,
  standardiseFeatures,
} from "../../model/backbone.ts";
import { imageHead, imageTower } from "../../model/image.ts";
import type { ImageInput } from "../../model/modelInputs.ts";
import { graphInput, type TowerType } from "../../model/towerType.ts";

export const image: TowerType<ImageInput> = {
  trained(group, labels) {
    const { input, main } = group;
    const { backbone, options: config } = main;
    if (!backbone || (backbone.kind === "layers" && config.fineTune)) {
      const { inputs, tower } = image.inGraph(group, labels);
      return { inputs, logits: tower.logits };
    }
    const features = featuresInput(input, backbone);
    const presence = graphInput(`has_${input}`, [1]);
    return {
      inputs: [features, presence],
      ...imageHead(features, presence, { input, config, labels }),
    };
  },
  inGraph({ input, main: { spec, options: config, pixels, backbone } }, labels) {
    const presence = graphInput(`has_${input}`, [1]);
    const parts = { input, config, pixels, labels };
    if (backbone?.kind === "onnx") {
      const features = featuresInput(input, backbone);
      const standardised = standardiseFeatures(input, features, false);
      return { inputs: [features, presence], tower: imageHead(standardised, presence, parts) };
    }
    const pictures = imageInput(input, spec);
    const tower = backbone
      ? imageHead(
          standardiseFeatures(input, backboneFeatures(input, pictures, backbone), config.fineTune),
          presence,
          parts,
        )
      : imageTower(pictures, presence, parts);
    return { inputs: [pictures, presence], tower };
  },
  given: ({ input, main: { backbone } }) => backboneWeights(input, backbone, backbone),
  // Bytes as they come from image decoders; the graph casts and scales them.
  graphInputs: ({ input, main: { backbone } }) =>
    backbone?.kind === "onnx" ? {} : { [input]: { dtype: "uint8" } },
};

export function imageInput(name: string, { height, width }: PosterSpec): SymbolicTensor {
  return graphInput(name, [height, width, 3], "int32");
}
