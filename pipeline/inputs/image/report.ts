/** What reports say of images. */

import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { imagesFor } from "../../dataset/posterCache.ts";
import type { ImageInput } from "../../model/modelInputs.ts";
import type { DescribeTower, InputFacts, PredictExample } from "../../report/inputReport.ts";
import type { FittedImage } from "./fit.ts";
import type { ImageOptions } from "./options.ts";

export const imageFacts: InputFacts<FittedImage> = ({ spec, pixels }, name, posters) => {
  const { counts } = imagesFor(posters, name);
  return {
    "Poster size (height x width)": `${spec.height} x ${spec.width}${spec.scaled ? ` of ${spec.scaled.height} x ${spec.scaled.width}` : ""}, ${spec.stretched ? "stretched" : "centre crop"}, area filter`,
    "Poster bytes, mean and std": `${pixels.mean.toFixed(2)}, ${pixels.std.toFixed(2)}`,
    "Posters decoded / cached / not decodable": `${counts.decoded} / ${counts.cached} / ${counts.failed}`,
  };
};

export const describeImage: DescribeTower<ImageInput> = ({ main }) => `${describe(main.options)}.`;

function describe(config: ImageOptions): string {
  const { backbone, backboneLayers, fineTune, units, pooling, normalisation } = config;
  if (backbone === undefined) {
    return `a convolutional network with ${normalisation ? "batch normalisation, " : ""}ReLU and ${pooling} pooling, then global average and maximum`;
  }
  const layers = backboneLayers.length > 0 ? backboneLayers.join(", ") : "last layer";
  const hidden = units > 0 ? `, followed by a hidden layer of ${units} units` : "";
  return `global average and maximum of a pretrained network's features (${layers}), ${fineTune ? "fine-tuned" : "frozen"}${hidden}`;
}

export const imageExample: PredictExample<ImageSpec> = {
  value: (_, name) => `${name}.jpg`,
  isFile: true,
};
