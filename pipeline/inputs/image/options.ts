/** Options of an image: type, range, default and help text. */

import * as z from "zod";
import type { ImageSpec } from "../../../predictor/inputs/image.ts";
import { isOnnxBackbone } from "../../config/backboneFolder.ts";
import {
  backboneLayers,
  backbonePooling,
  path,
  shareBelowOne,
  side,
  size,
  training,
} from "../../config/fields.ts";
import { readPreprocessor } from "../../config/preprocessor.ts";

/** Pixel ranges that a backbone may expect: [0, 1], [-1, 1] or [0, 255]. */
export const BACKBONE_SCALES = ["zero-one", "minus-one-one", "bytes"] as const;

/** Pixels, of images without a backbone that says another size. */
const DEFAULT_SIZE = { height: 96, width: 64 };

const imageFields = z.strictObject({
  height: side
    .optional()
    .describe(
      `height of the model's input, in pixels (default: what an ONNX backbone's preprocessor_config.json says, else ${DEFAULT_SIZE.height})`,
    ),
  width: side
    .optional()
    .describe(
      `width of the model's input, in pixels (default: likewise, else ${DEFAULT_SIZE.width})`,
    ),
  channels: z.array(size).min(1).default([24, 48, 96, 128]).describe("filters per block"),
  pooling: z
    .enum(["max", "average"])
    .default("max")
    .describe("2 x 2 pooling after each block (without a backbone)"),
  normalisation: z
    .boolean()
    .default(true)
    .describe("batch normalisation in the blocks after the first"),
  dropout: shareBelowOne
    .default(0.5)
    .describe("share of the image's features set to zero in training"),
  flip: z.boolean().default(true).describe("mirror images at random in training"),
  shift: z.boolean().default(true).describe("shift images at random in training"),
  recolour: z
    .boolean()
    .default(true)
    .describe("change the images' brightness and colours at random in training"),
  backbone: path
    .optional()
    .describe(
      "pretrained network to use instead of `channels`: a TensorFlow.js LayersModel (path or URL of its model.json), or an ONNX folder in the layout of Transformers.js",
    ),
  backboneLayers: backboneLayers
    .default([])
    .describe(
      "layers, or outputs of the ONNX graph, that become features (default: the last layer, or the output that is made for it)",
    ),
  backbonePooling,
  backboneScale: z
    .enum(BACKBONE_SCALES)
    .default("zero-one")
    .describe("pixel range that the backbone was trained on; an ONNX folder declares its own"),
  head: z
    .enum(["network", "linear"])
    .default("network")
    .describe(
      "what reads a frozen backbone's features: layers that are trained in epochs, or linear: the target's regression, fitted at once",
    ),
  inverseRegularisation: z
    .number()
    .positive()
    .default(1)
    .describe("linear head: C of its regression, on standardised features"),
  fineTune: z.boolean().default(false).describe("train the backbone's weights as well"),
  units: z
    .int()
    .min(0)
    .default(0)
    .describe("size of a hidden layer before the image's logits; 0: none"),
  inputDropout: shareBelowOne
    .default(0.3)
    .describe("share of that hidden layer's inputs set to zero in training"),
  ...training({ epochs: 16, batchSize: 32, learningRate: 3e-3, weightDecay: 0.05 }),
});

export const imageSection = imageFields
  .refine(
    ({ head, backbone, fineTune }) => head === "network" || (backbone !== undefined && !fineTune),
    { path: ["head"], error: "linear needs a frozen backbone: set backbone, and not fineTune" },
  )
  .refine(({ head, units }) => head === "network" || units === 0, {
    path: ["units"],
    error: "a linear head has no hidden layer: leave units at 0",
  });

export type ImageOptions = z.infer<typeof imageSection>;

/**
 * What images of an input are scaled to: the size that its options give, else what its backbone was trained on.
 *
 * @param name Of the input, for errors.
 * @throws InputError if the backbone's files do not say it.
 */
export function imageSpecOf(options: ImageOptions, name: string): ImageSpec {
  const { backbone, height, width } = options;
  const given = {
    type: "image",
    ...DEFAULT_SIZE,
    ...(height && { height }),
    ...(width && { width }),
  } as const;
  if (backbone === undefined || !isOnnxBackbone(backbone)) return given;
  const { size } = readPreprocessor(backbone, `${name}.backbone`);
  if (height === undefined && width === undefined) return { type: "image", ...size };
  // With a size of its own, the whole image is seen.
  return { type: "image", height: height ?? size.height, width: width ?? size.width };
}
